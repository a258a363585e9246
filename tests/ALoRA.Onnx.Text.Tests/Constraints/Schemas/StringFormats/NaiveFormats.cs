using System.Globalization;
using System.Net;
using System.Net.Mail;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace ALoRA.Onnx.Text.Tests.Constraints.Schemas.StringFormats;

/// <summary>
/// What .NET, or a reading of the text from left to right, says about formats; nothing here is a regular expression's automaton.
/// </summary>
internal static class NaiveFormats
{
    /// <summary>Formats for which <see cref="Is"/> says exactly what is valid; for others it may say yes too often.</summary>
    public static string[] Exact { get; } = ["date", "duration", "ipv4", "ipv6", "uuid", "json-pointer"];

    public static bool Is(string format, string text) => format switch
    {
        "date" => IsDate(text),
        "time" => IsTime(text, null),
        "date-time" => text.Length > 11 && text[10] is 'T' or 't' && IsDate(text[..10]) && IsTime(text[11..], text[5..10]),
        "duration" => IsDuration(text),
        "email" or "idn-email" => IsMail(text),
        "hostname" => IsHost(text),
        "idn-hostname" => IsHost(new IdnMapping().GetAscii(text)),
        "ipv4" => text.Count(unit => unit == '.') == 3 && IPAddress.TryParse(text, out IPAddress? four) && four.ToString() == text,
        "ipv6" => text.All(unit => char.IsAsciiHexDigit(unit) || unit is ':' or '.') && HasPlainEnd(text)
            && IPAddress.TryParse(text, out IPAddress? six) && six.AddressFamily == AddressFamily.InterNetworkV6,
        "uri" => IsUri(text, international: false) && text.IndexOfAny([':', '/', '?', '#']) is int colon and > 0 && text[colon] == ':',
        "uri-reference" => IsUri(text, international: false),
        "iri" => IsUri(text, international: true) && text.IndexOfAny([':', '/', '?', '#']) is int colon and > 0 && text[colon] == ':',
        "iri-reference" => IsUri(text, international: true),
        "uri-template" =>
            text.Count(unit => unit == '{') == text.Count(unit => unit == '}') && !text.Any(unit => unit is ' ' or '"' or '\\'),
        "uuid" => Guid.TryParseExact(text, "D", out _),
        "json-pointer" => IsPointer(text),
        "relative-json-pointer" => IsRelativePointer(text),
        "regex" => IsRegex(text),
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, null),
    };

    // .NET has no year 0; it is a leap year as 2000 is.
    private static bool IsDate(string text) =>
        text.All(unit => unit == '-' || char.IsAsciiDigit(unit))
        && DateOnly.TryParseExact(
            text.StartsWith("0000-", StringComparison.Ordinal) ? $"2{text[1..]}" : text, "yyyy-MM-dd", CultureInfo.InvariantCulture,
            DateTimeStyles.None, out _);

    private static bool IsTime(string text, string? day)
    {
        int end = text.IndexOfAny(['Z', 'z', '+', '-']);
        if (end < 0)
        {
            return false;
        }

        string[] parts = text[..end].Split(':', '.');
        string zone = text[end..];
        int offset = 0;
        bool isZone = zone is "Z" or "z" || (zone.Length == 6 && zone[3] == ':'
            && TryMinutes(zone[1..], out offset));
        if (!isZone || parts.Length is < 3 or > 4 || !parts.All(part => part.Length > 0 && part.All(char.IsAsciiDigit))
            || !parts.Take(3).All(part => part.Length == 2)
                || (parts.Length == 4 && text[8] != '.')
                || !TryMinutes(text[..5], out int minutes))
        {
            return false;
        }

        int local = minutes;
        minutes -= zone[0] == '-' ? -offset : offset;
        int utc = ((minutes % 1440) + 1440) % 1440;
        string[] days = minutes >= 0 ? ["06-30", "12-31"] : ["07-01", "01-01"];
        return string.CompareOrdinal(parts[2], "60") < 0
            || (parts[2] == "60" && utc == 1439 && local >= 0 && (day is null || days.Contains(day)));
    }

    private static bool TryMinutes(string text, out int minutes)
    {
        bool isTime = TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out TimeOnly time);
        minutes = (time.Hour * 60) + time.Minute;
        return isTime;
    }

    private static bool IsDuration(string text)
    {
        if (text.Length < 3 || text[0] != 'P')
        {
            return false;
        }

        string order = "YMDTHMSW";
        string units = "";
        bool hasDigits = false;
        foreach (char unit in text[1..])
        {
            if (char.IsAsciiDigit(unit))
            {
                hasDigits = true;
                continue;
            }

            if (hasDigits == (unit == 'T') || !order.Contains(unit, StringComparison.Ordinal))
            {
                return false;
            }

            units += unit;
            hasDigits = false;
        }

        string[] halves = units.Split('T');
        return !hasDigits && (units == "W" || (halves.Length <= 2
            && (halves[0] == "" ? halves.Length == 2 : "YMD".Contains(halves[0], StringComparison.Ordinal))
            && (halves.Length == 1 || (halves[1] != "" && "HMS".Contains(halves[1], StringComparison.Ordinal)))));
    }

    private static bool IsMail(string text)
    {
        int at = text.LastIndexOf('@');
        string host = text[(at + 1)..];
        return at is > 0 and <= 64 && text.Length <= 254 && MailAddress.TryCreate(text, out _)
            && (host[0] == '['
                ? IPAddress.TryParse(host[1..^1], out _)
                : host.Contains('.', StringComparison.Ordinal) && IsHost(new IdnMapping().GetAscii(host)));
    }

    private static bool IsHost(string text) =>
        text.Length is > 0 and <= 253 && Uri.CheckHostName(text) != UriHostNameType.Unknown && text.Split('.').All(
            label => label.Length is > 0 and <= 63 && label.All(unit => unit == '-' || char.IsAsciiLetterOrDigit(unit))
                && label[0] != '-' && label[^1] != '-'
                && (label.Length < 4 || label[2..4] != "--" || label.StartsWith("xn--", StringComparison.Ordinal)));

    // .NET takes octets with leading zeros and short forms at the end.
    private static bool HasPlainEnd(string text)
    {
        string end = text[(text.LastIndexOf(':') + 1)..];
        return !end.Contains('.', StringComparison.Ordinal) ? text.Split(':').All(group => group.Length <= 4) : Is("ipv4", end)
            && text[..^end.Length].Split(':').All(group => group.Length <= 4);
    }

    // The parts of RFC 3986, appendix B, and which characters each may have.
    private static bool IsUri(string text, bool international)
    {
        Match parts = Regex.Match(
            text, @"^(?:([^:/?#]+):)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$",
            RegexOptions.Singleline | RegexOptions.CultureInvariant);
        string authority = parts.Groups[2].Value;
        string host = authority[(authority.LastIndexOf('@') + 1)..];
        string bare = host.StartsWith('[') ? host[(host.IndexOf(']', StringComparison.Ordinal) + 1)..] : host;
        return parts.Success
            && (!parts.Groups[1].Success || Uri.CheckSchemeName(parts.Groups[1].Value))
            && Has(authority, ":@[]")
            && bare.Split(':') is { Length: <= 2 } ports && (ports.Length == 1 || ports[1].All(char.IsAsciiDigit)) && Has(bare, ":")
            && (!host.StartsWith('[')
                || host[1] is 'v' or 'V'
                || Is("ipv6", host[1..host.IndexOf(']', StringComparison.Ordinal)]))
            && Has(parts.Groups[3].Value, ":@/")
            && (parts.Groups[2].Success || !parts.Groups[3].Value.StartsWith("//", StringComparison.Ordinal))
            && Has(parts.Groups[4].Value, ":@/?")
            && Has(parts.Groups[5].Value, ":@/?");

        bool Has(string part, string further) => !Regex.IsMatch(part, "%(?![0-9a-fA-F]{2})") && part.All(
            unit => unit == '%' || char.IsAsciiLetterOrDigit(unit) || "-._~!$&'()*+,;=".Contains(unit, StringComparison.Ordinal)
                || further.Contains(unit, StringComparison.Ordinal) || (international && unit >= 0xA0));
    }

    private static bool IsPointer(string text) =>
        (text.Length == 0 || text[0] == '/')
            && !text.Replace("~0", "", StringComparison.Ordinal)
                .Replace("~1", "", StringComparison.Ordinal)
                .Contains('~', StringComparison.Ordinal);

    private static bool IsRelativePointer(string text)
    {
        int end = text.TakeWhile(char.IsAsciiDigit).Count();
        return end > 0 && (text[0] != '0' || end == 1) && (text[end..] == "#" || IsPointer(text[end..]));
    }

    private static bool IsRegex(string text)
    {
        try
        {
            _ = new Regex(text, RegexOptions.CultureInvariant);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
