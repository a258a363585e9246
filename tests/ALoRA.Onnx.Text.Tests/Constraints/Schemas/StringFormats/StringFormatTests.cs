using System.Text;
using System.Text.Json;
using ALoRA.Onnx.Constraints.Patterns;
using ALoRA.Onnx.Constraints.Schemas;
using ALoRA.Onnx.Constraints.Schemas.StringFormats;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Text.Tests.Constraints.Schemas.StringFormats;

[TestClass]
public sealed class StringFormatTests
{
    public static IEnumerable<object[]> Names => Formats.Names.Select(name => new object[] { name });

    [TestMethod]
    [DataRow("date", "0000-02-29|0001-01-01|1963-06-19|2000-02-29|2020-02-29|2024-02-29|2020-01-31|2020-04-30|9999-12-31")]
    [DataRow("date", "0004-02-29|9996-02-29|2400-02-29", DisplayName = "10-early-and-late-years")]
    [DataRow("time", "08:30:06Z|08:30:06.283185Z|08:30:06+00:20|23:59:60Z|23:59:60.5z|01:29:60+01:30|15:59:60-08:00")]
    [DataRow("time", "23:29:60+23:30|00:29:60-23:30")]
    [DataRow("time", "23:59:60+00:00|23:59:60-00:00|15:59:60.123-08:00|15:29:60-08:30")]
    [DataRow("date-time", "1963-06-19T08:30:06.283185Z|1963-06-19t08:30:06z|1990-12-31T15:59:50.123-08:00")]
    [DataRow("date-time", "1998-12-31T23:59:60Z|1998-12-31T15:59:60.123-08:00")]
    [DataRow("date-time", "2024-02-29T12:00:00Z|1999-01-01T08:59:60+09:00", DisplayName = "09-leap-day-with-time")]
    [DataRow("duration", "P4DT12H30M5S|P4Y|PT0S|P0D|P1M|PT1M|PT36H|P1DT12H|P2W|P1YT1H|P12Y3M4D")]
    [DataRow(
        "email",
        "joe.bloggs@example.com|te~st@example.com|~test@example.com|test~@example.com|\"joe "
        + "bloggs\"@example.com|\"joe@b\"@example.com|joe@[127.0.0.1]")]
    [DataRow("idn-email", "실례@실례.테스트|joe.bloggs@example.com")]
    [DataRow("hostname", "www.example.com|localhost|hostnam3|1host|host-name|h0stn4me|a.b.c.d.e.fg")]
    [DataRow("hostname", "x1.us-west-2.elb.amazonaws.com|3com.co.uk")]
    [DataRow("hostname", "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk.com")]
    [DataRow("idn-hostname", "실례.테스트|example.com|例え.jp|straße.de")]
    [DataRow("ipv4", "192.168.0.1|0.0.0.0|87.10.0.1|255.255.255.255")]
    [DataRow("ipv6", "::1|::|::abef|::42:ff:1|d6::|1:d6::42|1::d6:192.168.0.1|1::2:192.168.0.1|::ffff:192.168.0.1")]
    [DataRow("ipv6", "1:2:3:4:5:6:7:8|1:2:3:4::6:7:8|::2:3:4:5:6:7:8")]
    [DataRow("ipv6", "1:2:3:4:5:6:7::|1000:1000:1000:1000:1000:1000:255.255.255.255")]
    [DataRow("ipv6", "2001:0db8:85a3:0000:0000:8a2e:0370:7334")]
    [DataRow("uri", "http://foo.bar/?baz=qux#quux|http://foo.com/blah_(wikipedia)_blah#cite-1")]
    [DataRow("uri", "http://foo.bar/?q=Test%20URL-encoded%20stuff|http://xn--nw2a.xn--j6w193g/")]
    [DataRow("uri", "http://-.~_!$&'()*+,;=:%40:80%2f::::::@example.com|http://223.255.255.254")]
    [DataRow("uri", "ldap://[2001:db8::7]/c=GB?objectClass?one|mailto:John.Doe@example.com")]
    [DataRow("uri", "news:comp.infosystems.www.servers.unix|tel:+1-816-555-1212")]
    [DataRow("uri", "urn:oasis:names:specification:docbook:dtd:xml:4.1.2|file:///c:/x|a:|http://[v1.a]/|x:/")]
    [DataRow("uri-reference", "http://foo.bar/?baz=qux#quux|//foo.bar/?baz=qux#quux|/abc|abc|./a:b|#fragment||?q|a/b:c|../..")]
    [DataRow("iri", "http://ƒøø.ßår/?∂éœ=πîx#πîüx|http://ƒøø.com/blah_(wîkïpédiå)_blah#ßité-1")]
    [DataRow("iri", "http://[2001:0db8:85a3:0000:0000:8a2e:0370:7334]")]
    [DataRow("iri-reference", "//ƒøø.ßår/?∂éœ=πîx#πîüx|/âππ|âππ|#ƒrägmênt")]
    [DataRow("uri-template", "http://example.com/dictionary/{term:1}/{term}|http://example.com/dictionary")]
    [DataRow("uri-template", "dictionary/{term:1}/{term}|{?a,b*}|{+path}/x|{;x.y}|")]
    [DataRow("uuid", "2EB8AA08-AA98-11EA-B4AA-73B441D16380|2eb8aa08-aa98-11ea-b4aa-73b441d16380")]
    [DataRow("uuid", "00000000-0000-0000-0000-000000000000")]
    [DataRow("json-pointer", "|/|/foo/bar~0/baz~1/%a|/foo/|/a~1b|/\"\\ |/foo//bar|/~1.1|/~0~0~1~0")]
    [DataRow("relative-json-pointer", "1|0/foo/bar|2/0/baz/1/zip|0#|120/foo/bar")]
    [DataRow("regex", "([abc])+\\s+$||^a.b$|[a-zA-Z0-9_-]+|^(?:a|b){2,13}?$|a||b|\\d{3,}|[^\\]\\\\]|(?=x)y")]
    [DataRow("regex", "^\\S+@\\S+\\.\\w{2,4}$|\\u00e9\\x41|(a(b)c)*")]
    public void Automaton_ValidTexts_Match(string format, string texts)
    {
        string[] each = format == "regex" ? Rejoin(texts) : texts.Split('|');
        foreach (string text in each)
        {
            Assert.IsTrue(Matches(format, text), $"{format}: '{text}'");
            Assert.IsTrue(NaiveFormats.Is(format, text), $"twin of {format}: '{text}'");
        }
    }

    [TestMethod]
    [DataRow("date", "2020-02-30|2021-02-29|1900-02-29|2100-02-29|2020-04-31|2020-13-01|2020-00-01|2020-01-00|1998-1-20")]
    [DataRow("date", "06/19/1963|2013-350|1963-06-1৪|20230328|2020-11-28T23:55:45Z|")]
    [DataRow("date", "2023-02-29|0100-02-29|9999-02-29", DisplayName = "08-leap-years")]
    [DataRow("time", "24:00:00Z|00:60:00Z|00:00:61Z|22:59:60Z|23:58:60Z|23:59:60+01:00|23:59:60+00:30|23:59:60-01:00")]
    [DataRow("time", "01:02:03+24:00|01:02:03+00:60|01:02:03Z+00:30|08:30:06 PST|01:01:01,1111|12:00:00|12:00:00.Z")]
    [DataRow("date-time", "1998-12-31T23:59:61Z|1998-12-31T22:59:60Z|1990-02-31T15:59:59.123-08:00|1990-12-31T15:59:59-24:00")]
    [DataRow("date-time", "1963-06-19T08:30:06.28123+01:00Z|06/19/1963 08:30:06 PST|2013-350T01:01:01|1963-06-19 08:30:06Z")]
    [DataRow(
        "date-time", "2025-02-29T12:00:00Z|1998-05-31T23:59:60Z|1998-12-31T24:00:00Z|1998-12-31T12:00:00",
        DisplayName = "09-leap-day-with-time")]
    [DataRow("duration", "PT1D|4DT12H30M5S|P|PT|P1YT|P2D1Y|P1D2H|P2S|P1Y2W|P1|P২Y|P1Y2D|PT1H2S|P-1D")]
    [DataRow("email", "2962|.test@example.com|test.@example.com|te..st@example.com|joe.bloggs@invalid=domain.com")]
    [DataRow("email", "joe.bloggs@[127.0.0.300]|joe@-a.com|a@b|a b@example.com|@example.com|a@example.com.")]
    [DataRow("idn-email", "2962|@|a@실례|.실례@실례.테스트")]
    [DataRow("hostname", "-a-host-name-that-starts-with--|not_a_valid_host_name|-hostname|hostname-|a_b.com||.|a..b")]
    [DataRow("hostname", "hostname.|XN--aa---o47jg78q|256.256.256.256|a b|ab--c.de")]
    [DataRow("hostname", "a-vvvvvvvvvvvvvvvveeeeeeeeeeeeeeeerrrrrrrrrrrrrrrryyyyyyyyyyyyyyyy-long-host-name-component")]
    [DataRow("hostname", "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl.com")]
    [DataRow("idn-hostname", "〮실례.테스트|-> $1.00 <--|실〮례.테스트|a〱b|xn--X|-hello|\u0903hello|ａ.com")]
    [DataRow("ipv4", "127.0.0.0.1|256.256.256.256|127.0|0x7f000001|2130706433|087.10.0.1|1২7.0.0.1|1.2.3.4 ")]
    [DataRow("ipv4", "192.168.1.0/24")]
    [DataRow("ipv6", "12345::|::abcef|1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1|::laptop|:2:3:4:5:6:7:8|1:2:3:4:5:6:7:|:2:3:4::8")]
    [DataRow("ipv6", "1::d6::42|1:2:1.2.3.256|1:2:1.2.3|:|1:2:3:4:5:6:7|fe80::a%eth1|12.34.56.78|1:2:3:4:5:6:7:8:9")]
    [DataRow("ipv6", "::1.2.3.04")]
    [DataRow("ipv6", "1:2:3:4:5:::8|::ffff:255.255.256.1|1:2:3:4:5:6:7::8|fe80::/64|1:2:3:4:1.2.3")]
    [DataRow("ipv6", "100:100:100:100:100:100:255.255.255.255.255| ::1|")]
    [DataRow(
        "uri",
        "//foo.bar/?baz=qux#quux|/abc|\\\\WINDOWS\\fileshare|abc|http:// shouldfail.com|:// should "
        + "fail|bar,baz:foo|https://[@example.org/test.txt|http://a/{}|http://a/<>|http://a/%zz|1a:b|http://2001:0db8::1|a:b c")]
    [DataRow("uri-reference", "\\\\WINDOWS\\fileshare|#frag\\ment|/foobar®.txt|a b|:a|1:2|//[::1|%")]
    [DataRow("iri", "http://2001:0db8:85a3:0000:0000:8a2e:0370:7334|/abc|\\\\WINDOWS\\filëßåré|âππ|:// ƒåïl")]
    [DataRow("iri-reference", "\\\\WINDOWS\\filëßåré|#ƒräg\\mênt")]
    [DataRow("uri-template", "http://example.com/dictionary/{term:1}/{term|{}|{a b}|}|{a:0}|{=a}|a b|{a,}|%")]
    [DataRow("uuid", "2eb8aa08-aa98-11ea-b4aa-73b441d1638|2eb8aa08-aa98-11ea-73b441d16380")]
    [DataRow("uuid", "2eb8aa08-aa98-11ea-b4ga-73b441d16380|2eb8aa08aa9811eab4aa73b441d16380")]
    [DataRow("uuid", "2eb8-aa08-aa98-11ea-b4aa73b44-1d16380")]
    [DataRow("json-pointer", "/foo/bar~|#|#a|a|/~2|/foo/bar~0/baz~1/%a~|/~-1|/~~|0/a")]
    [DataRow("relative-json-pointer", "/foo/bar|-1/foo/bar|0##|01/a|01#||+1/foo/bar|0/a~|multi")]
    [DataRow("regex", "^(abc]\n\\a\n[z-a]\n*\na**\n(\n)\n[\n{1}\na{3,2}\n\\Z\n^*\n[]\n(?<n\na{12,3}")]
    public void Automaton_InvalidTexts_DoNotMatch(string format, string texts)
    {
        foreach (string text in texts.Split(format == "regex" ? '\n' : '|'))
        {
            Assert.IsFalse(Matches(format, text), $"{format}: '{text}'");
        }
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Automaton_RandomTexts_AreWhatTheTwinTakes(string format)
    {
        PatternAutomaton automaton = Find(format).Automaton;
        Random random = new(7);
        bool isExact = NaiveFormats.Exact.Contains(format);
        for (int i = 0; i < 2000; i++)
        {
            string text = Draw(automaton, random);
            Assert.IsTrue(NaiveFormats.Is(format, text), $"{format}: '{text}'");
            if (isExact)
            {
                string changed = Change(text, random);
                Assert.AreEqual(NaiveFormats.Is(format, changed), Matches(format, changed), $"{format}: '{changed}'");
            }
        }
    }

    [TestMethod]
    public void Automaton_AllDatesOfSomeYears_AreThoseOfTheCalendar()
    {
        foreach (int year in new[] { 1, 4, 96, 100, 400, 1899, 1900, 1999, 2000, 2023, 2024, 2100, 9996, 9999 })
        {
            for (int number = 0; number < 1400; number++)
            {
                string text = FormattableString.Invariant($"{year:0000}-{number / 100:00}-{number % 100:00}");
                Assert.AreEqual(NaiveFormats.Is("date", text), Matches("date", text), text);
            }
        }
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Automaton_OfEveryFormat_IsSmallAndMadeOnce(string format)
    {
        StringFormat found = Find(format);

        Assert.IsLessThanOrEqualTo(600, found.Automaton.Count);
        Assert.AreSame(found.Automaton, Find(format).Automaton);
        Assert.IsTrue(ReferenceEquals(found.Widest, found.Automaton) || found.Widest.IsFree(0));
    }

    [TestMethod]
    [DataRow("int32")]
    [DataRow("double")]
    [DataRow("")]
    [DataRow("Date")]
    public void Find_UnknownFormat_SaysNothing(string name)
    {
        SchemaLocation place = new("/format", JsonSerializer.SerializeToElement(name));

        Assert.IsNull(Formats.Find(place));
        Assert.IsTrue(TokenConstraint.FromJsonSchema($$"""{"type": "string", "format": "{{name}}"}""").Accepts("\"any\""u8));
        Assert.IsTrue(TokenConstraint.FromJsonSchema($$"""{"type": "integer", "format": "{{name}}"}""").Accepts("7"u8));
    }

    [TestMethod]
    public void Find_NoString_IsRefused() => Assert.AreEqual(
        "/format",
        Assert.ThrowsExactly<JsonSchemaException>(
            () => Formats.Find(new SchemaLocation("/format", JsonSerializer.SerializeToElement(1)))).Pointer);

    [TestMethod]
    public void FromJsonSchema_FormatAndPattern_BothHold()
    {
        TokenConstraint constraint = TokenConstraint.FromJsonSchema(
            """{"type": "string", "format": "date", "pattern": "^2024", "maxLength": 10}""");

        Assert.IsTrue(constraint.Accepts("\"2024-02-29\""u8));
        Assert.IsFalse(constraint.Accepts("\"2023-02-28\""u8));
        Assert.IsFalse(constraint.Accepts("\"2024-02-30\""u8));
    }

    private static StringFormat Find(string name) => Formats.Find(new SchemaLocation("", JsonSerializer.SerializeToElement(name)))!;

    private static bool Matches(string format, string text) =>
        Find(format).Automaton.Matches(text.EnumerateRunes().Select(rune => rune.Value));

    // In the list of expressions "a||b" has no separator in it.
    private static string[] Rejoin(string texts) => [.. texts.Replace("a||b", "a\0\0b", StringComparison.Ordinal)
        .Replace("a|b)", "a\0b)", StringComparison.Ordinal).Split('|').Select(text => text.Replace('\0', '|'))];

    private static string Draw(PatternAutomaton automaton, Random random)
    {
        StringBuilder text = new();
        int state = 0;
        while (true)
        {
            IReadOnlyList<(CodePointSet Set, int Target)> next = automaton.TransitionsOf(state);
            if (next.Count == 0 || (automaton.IsAccepting(state) && random.Next(4) == 0))
            {
                return automaton.IsAccepting(state)
                    ? text.ToString()
                    : throw new InvalidOperationException($"'{text}' can't be completed.");
            }

            (CodePointSet set, state) = next[random.Next(next.Count)];
            (int First, int Last)[] ranges = [.. set.Ranges()];
            (int first, int last) = ranges[random.Next(ranges.Length)];
            text.Append(new Rune(random.Next(first, last + 1)));
        }
    }

    private static string Change(string text, Random random)
    {
        const string Characters = "0123456789:.-/~TPDHWabfgZ";
        int at = random.Next(text.Length + 1);
        char unit = Characters[random.Next(Characters.Length)];
        return random.Next(3) switch
        {
            0 => text.Insert(at, unit.ToString()),
            1 when at < text.Length && !char.IsSurrogate(text[at]) => text.Remove(at, 1),
            2 when at < text.Length && !char.IsSurrogate(text[at]) => text.Remove(at, 1).Insert(at, unit.ToString()),
            _ => text,
        };
    }
}
