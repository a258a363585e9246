namespace ALoRA.Onnx.Constraints.Schemas.StringFormats;

/// <summary>Dates and times of RFC 3339, as regular expressions.</summary>
internal static class TimePatterns
{
    private const string DayOfMonth =
        @"(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|02-(?:0[1-9]|1\d|2[0-8]))";
    private const string LeapYear = @"(?:\d\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)";
    private const string Hour = @"(?:[01]\d|2[0-3])";
    private const string Minute = @"[0-5]\d";

    // More digits than nanoseconds have are valid, but nobody writes them, and a model must not write them for ever.
    private const string Fraction = @"(?:\.\d{1,9})?";
    private const string AnyTime = $"{Hour}:{Minute}:{Minute}{Fraction}(?:[zZ]|[+-]{Hour}:{Minute})";
    private const string NoOffset = "(?:[zZ]|[+-]00:00)";

    /// <summary>A day that exists, in the years 0000 to 9999.</summary>
    public const string Date = $@"(?:\d{{4}}-{DayOfMonth}|{LeapYear}-02-29)";

    /// <summary>A time with its offset; the 60th second only where it is 23:59 in UTC, for offsets of whole and half hours.</summary>
    public static string Time { get; } = $"(?:{AnyTime}|{LeapSecondsWest(1, 47)}|{LeapSecondsEast(1, 47)})";

    /// <summary>
    /// A date and a time; the 60th second only at the end of June and December in UTC, for offsets of whole hours that are in use.
    /// </summary>
    public static string DateTime { get; } =
        $@"(?:{Date}[tT]{AnyTime}|\d{{4}}-(?:06-30|12-31)[tT]{LeapSecondsWest(2, 24)}|\d{{4}}-(?:07-01|01-01)[tT]{LeapSecondsEast(2, 28)})";

    // ABNF of RFC 3339, appendix A: no unit is left out between two others.
    public const string Duration =
        @"P(?:\d+W|(?:\d+Y(?:\d+M(?:\d+D)?)?|\d+M(?:\d+D)?|\d+D)(?:T" + ClockDuration + ")?|T" + ClockDuration + ")";

    private const string ClockDuration = @"(?:\d+H(?:\d+M(?:\d+S)?)?|\d+M(?:\d+S)?|\d+S)";

    // The hour has to be remembered until the offset is read, so each offset takes states; they are counted in half hours.
    private static string LeapSecondsWest(int step, int last) =>
        $"(?:23:59:60{Fraction}{NoOffset}|{LeapSeconds(step, last, half => (24 * 60) - 1 - (30 * half), "-")})";

    private static string LeapSecondsEast(int step, int last) => $"(?:{LeapSeconds(step, last, half => (30 * half) - 1, "\\+")})";

    private static string LeapSeconds(int step, int last, Func<int, int> local, string sign) => string.Join(
        '|',
        Enumerable.Range(1, last / step).Select(
            count => $@"{Clock(local(step * count))}:60(?:\.\d+)?{sign}{Clock(30 * step * count)}"));

    private static string Clock(int minutes) => FormattableString.Invariant($"{minutes / 60:00}:{minutes % 60:00}");
}
