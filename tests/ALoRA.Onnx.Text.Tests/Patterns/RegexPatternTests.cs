using System.Text.RegularExpressions;
using ALoRA.Onnx.Patterns;
using CsCheck;

namespace ALoRA.Onnx.Text.Tests.Patterns;

[TestClass]
public sealed class RegexPatternTests
{
    [TestMethod]
    [DataRow(@"^a", "a\na", "0-1 2-3")]
    [DataRow(@"^", "a\n", "0-0", DisplayName = "^ does not match behind a final newline")]
    [DataRow(@"a$", "a\na", "0-1 2-3")]
    [DataRow(@"\Aa", "aa\na", "0-1")]
    [DataRow(@"a\z", "a\na", "2-3")]
    [DataRow(@"a\Z", "a\na\n", "2-3")]
    [DataRow(@".", "a\n😀", "0-1 2-4")]
    [DataRow(@"(?m:.)", "\n", "0-1")]
    [DataRow(@"\h+", "xFa0g", "1-4")]
    [DataRow(@"\R", "\r\n\u0085x", "0-2 2-3")]
    [DataRow(@"(?i:s)", "sSſ", "0-1 1-2 2-3")]
    [DataRow(@"(?i:strasse)", "STRAßE straſſe", "0-6 7-14")]
    [DataRow(@"(?i:ß)", "ss ẞ S", "0-2 3-4")]
    [DataRow(@"a(?i)b|c", "aB C aC", "0-2 5-7", DisplayName = "an isolated option takes the rest of its group, alternatives included")]
    [DataRow(@"a(?#comment)b", "ab", "0-2")]
    [DataRow("(?x: a  b # comment\n)", "ab", "0-2")]
    [DataRow(@"a{,2}b", "aaab", "1-4")]
    [DataRow(@"a{2}?", "aaa", "0-2 3-3", DisplayName = "{n}? is an optional {n} in Ruby")]
    [DataRow(@"a{1,3}?", "aaa", "0-1 1-2 2-3")]
    [DataRow(@"a{x}", "a{x}", "0-4", DisplayName = "a brace that starts no interval is literal")]
    [DataRow(@"a++a|b", "aab", "2-3")]
    [DataRow(@"(?>a|ab)c", "abc", "")]
    [DataRow(@"(?<=a|bc)x", "axbcxx", "1-2 4-5")]
    [DataRow(@"(?<!a)x", "axxx", "2-3 3-4")]
    [DataRow(@"\bfoo\b", "foo foobar", "0-3")]
    [DataRow(@"[^\p{L}&&[^a-c]]", "az1", "0-1 2-3", DisplayName = "^ negates the whole intersection")]
    [DataRow(@"[a-\d]", "-a5b", "0-1 1-2 2-3")]
    [DataRow(@"[]a]", "]a", "0-1 1-2")]
    [DataRow(@"[[:^alpha:]]", "a1", "1-2")]
    [DataRow(@"[[:]]", ":", "0-1", DisplayName = "no POSIX bracket, a nested class")]
    [DataRow(@"\p{^Lu}", "Aa", "1-2")]
    [DataRow(@"\P{Lu}", "Aa", "1-2")]
    [DataRow(@"\p{Greek}+", "aβγ", "1-3")]
    [DataRow(@"[\u4e00-\x{9fff}]", "a中", "1-2")]
    [DataRow(@"\x41\t", "A\t", "0-2")]
    public void FindSpans_Construct_MatchesAsRubyDoes(string pattern, string text, string expected) =>
        Assert.AreEqual(expected, Matches(pattern, text));

    [TestMethod]
    [DataRow(@"[\p{Han}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}&&[^\p{Han}]]*[\p{Ll}\p{M}&&[^\p{Han}]]+(?i:'s|'t)?", "漢字abC's", "0-2 2-4 5-7")]
    [DataRow(@" ?[^(\s|[.,!?…。，、।۔،])]+", "ab, c(d", "0-2 3-5 6-7")]
    [DataRow(@"[^\n]+|[\n]+", "a\n\nb", "0-1 1-3 3-4")]
    [DataRow(@"\p{L}++|\s++$|\s+", "a b ", "0-1 1-2 2-3 3-4")]
    [DataRow(@"(?:\r?\n)+(?!\r?\n)", "\r\n\nx", "0-3")]
    [DataRow(@"[\x{0900}-\x{097F}]+|\u4e8c", "नम二", "0-2 2-3")]
    public void FindSpans_PatternAsModelsHaveThem_IsAccepted(string pattern, string text, string expected) =>
        Assert.AreEqual(expected, Matches(pattern, text));

    [TestMethod]
    [DataRow(@"(a)\1")]
    [DataRow(@"(?<n>a)\k<n>")]
    [DataRow(@"\g<1>")]
    [DataRow(@"(?~a)")]
    [DataRow(@"(?(1)a|b)")]
    [DataRow(@"\X")]
    [DataRow(@"\K")]
    [DataRow(@"(?<=a*)b")]
    [DataRow(@"\p{Nonsense}")]
    [DataRow(@"(a")]
    [DataRow(@"a)")]
    [DataRow(@"[a")]
    [DataRow(@"*a")]
    [DataRow(@"a{3,2}")]
    [DataRow(@"[z-a]")]
    [DataRow(@"\")]
    [DataRow(@"\x{110000}")]
    [DataRow(@"((a|b){1000}){1000}")]
    [DataRow(@"(((){1000}){1000}){1000}")]
    [DataRow(@"(?i:ssssssssssssssss)")]
    public void Compile_MalformedOrUnsupported_IsRefused(string pattern) =>
        Assert.ThrowsExactly<PatternSyntaxException>(() => RegexPattern.Compile(pattern));

    [TestMethod]
    public void Compile_DeepNesting_IsRefused() =>
        Assert.ThrowsExactly<PatternSyntaxException>(() => RegexPattern.Compile(new string('(', 10_000)));

    [TestMethod]
    public void FindSpans_RandomPatterns_MatchAsDotNetDoes()
    {
        // What a group repeats always consumes something: how often an empty iteration counts is each engine's own rule.
        Gen<string> consuming = OneOf("a", "b", "[ab]", "[^a]", ".", @"\w");
        Gen<string> zeroWidth = OneOf("(?=a)", "(?!b)", "(?<=a)", "^", "$", @"\b");
        Gen<string> quantifier = OneOf("", "", "", "*", "+", "?", "*?", "+?", "??", "{1,2}", "{2,}", "{0,3}");
        Gen<string> item = Gen.OneOf(
            Gen.Select(consuming, quantifier, string.Concat), Gen.Select(consuming, quantifier, string.Concat), zeroWidth);
        Gen<string> branch = Gen.Select(item, consuming, item, (before, middle, behind) => before + middle + behind);
        Gen<string> group = Gen.Select(branch, branch, quantifier, OneOf("(?:", "(?>", "(?="), (left, right, repeat, open) =>
            open == "(?=" ? $"{open}{left}|{right})" : $"{open}{left}|{right}){repeat}");
        Gen<string> pattern = Gen.OneOf(item, group).Array[1, 4].Select(string.Concat);
        Gen.Select(pattern, Gen.String[Gen.Char["abc\n"], 0, 12]).Sample(
            (source, text) => Matches(source, text) == DotNetMatches(source, text)
                && Matches(source, text, rememberAlways: true) == DotNetMatches(source, text),
            iter: 5000);
    }

    [TestMethod]
    [DataRow(@"(a*)*b")]
    [DataRow(@"(a|a)*b")]
    [DataRow(@"(a|aa)+$x")]
    [DataRow(@"(?:a?){30}a{30}b")]
    [DataRow(@"a*a*a*a*b")]
    [DataRow(@"(?=(a+)+b)a")]
    [DataRow(@"(?=(\w{3})+(?!\w))")]
    [DataRow(@"(?>a*)b")]
    [DataRow(@"a*+b")]
    [DataRow(@"\w+\s*[\r\n]")]
    [DataRow(@"(a|b|ab)*c")]
    [DataRow(@"[^b]*b|a*c|(?:aa|a)*d")]
    public void FindSpans_HostilePattern_TakesFewSteps(string pattern)
    {
        // The matcher counts its steps and throws beyond 35 million for this text; quadratic time takes 2,500 million.
        string text = new('a', 50_000);
        List<TextSpan> spans = [];
        HangGuard.Run(pattern, () => RegexPattern.Compile(pattern).FindSpans(text, spans));
        Assert.AreEqual(text.Length, spans.Sum(span => span.End - span.Start));
    }

    private static Gen<string> OneOf(params string[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    private static string Matches(string pattern, string text, bool rememberAlways = false)
    {
        List<TextSpan> spans = [];
        new RegexPattern(PatternCompiler.Compile(pattern), rememberAlways).FindSpans(text, spans);
        return string.Join(' ', spans.Where(span => span.IsMatch).Select(span => $"{span.Start}-{span.End}"));
    }

    // .NET's Multiline "$" and "^" differ from Ruby's only in what is written out here; an empty match right behind a match does not count.
    private static string DotNetMatches(string pattern, string text)
    {
        if (text.Length == 0)
        {
            return "";
        }

        pattern = pattern.Replace("^]", "\0]", StringComparison.Ordinal).Replace("[^", "[\0", StringComparison.Ordinal)
            .Replace("^", @"(?:\A|(?<=\n)(?!\z))", StringComparison.Ordinal)
                .Replace('\0', '^')
                .Replace("$", @"(?=\n|\z)", StringComparison.Ordinal);
        List<string> matches = [];
        int lastEnd = -1;
        foreach (Match match in Regex.Matches(text, pattern, RegexOptions.CultureInvariant))
        {
            if (match.Length > 0 || match.Index != lastEnd)
            {
                matches.Add($"{match.Index}-{match.Index + match.Length}");
                lastEnd = match.Index + match.Length;
            }
        }

        return string.Join(' ', matches);
    }
}
