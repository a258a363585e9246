namespace ALoRA.Onnx.Constraints.Schemas.StringFormats;

/// <summary>URIs and what is made of them (RFC 3986, 3987, 6570), as regular expressions.</summary>
internal sealed class UriPatterns
{
    private const string Percent = "%[0-9a-fA-F]{2}";

    // Without the code points that are no characters, and with the private ones in queries alone.
    private const string International =
        @"\u00A0-\uD7FF\uF900-\uFDCF\uFDF0-\uFFEF\u{10000}-\u{1FFFD}\u{20000}-\u{2FFFD}\u{30000}-\u{3FFFD}\u{40000}-\u{4FFFD}"
        + @"\u{50000}-\u{5FFFD}\u{60000}-\u{6FFFD}\u{70000}-\u{7FFFD}\u{80000}-\u{8FFFD}\u{90000}-\u{9FFFD}\u{A0000}-\u{AFFFD}"
        + @"\u{B0000}-\u{BFFFD}\u{C0000}-\u{CFFFD}\u{D0000}-\u{DFFFD}\u{E1000}-\u{EFFFD}";

    private const string Private = @"\uE000-\uF8FF\u{F0000}-\u{FFFFD}\u{100000}-\u{10FFFD}";

    private readonly string _authority;
    private readonly string _segment;
    private readonly string _firstSegment;
    private readonly string _firstWithoutColon;
    private readonly string _rest;

    private UriPatterns(string further, string furtherInQuery)
    {
        string set = $@"a-zA-Z0-9\-._~!$&'()*+,;={further}";
        string character = $"(?:[{set}:@]|{Percent})";
        string host = $@"(?:\[(?:{HostPatterns.IPv6}|[vV][0-9a-fA-F]+\.[a-zA-Z0-9\-._~!$&'()*+,;=:]+)\]|(?:[{set}]|{Percent})*)";
        _authority = $@"(?:(?:[{set}:]|{Percent})*@)?{host}(?::\d*)?";
        _segment = $"{character}*";
        _firstSegment = $"{character}+";
        _firstWithoutColon = $"(?:[{set}@]|{Percent})+";
        _rest = $@"(?:\?(?:[{set}:@\/?{furtherInQuery}]|{Percent})*)?(?:#(?:[{set}:@\/?]|{Percent})*)?";
    }

    public static string Uri { get; } = new UriPatterns("", "").Absolute;

    public static string UriReference { get; } = new UriPatterns("", "").Reference;

    public static string Iri { get; } = new UriPatterns(International, Private).Absolute;

    public static string IriReference { get; } = new UriPatterns(International, Private).Reference;

    /// <summary>A template with all operators but those that RFC 6570 reserves.</summary>
    public static string UriTemplate
    {
        get
        {
            const string Name = $@"(?:[a-zA-Z0-9_]|{Percent})(?:\.?(?:[a-zA-Z0-9_]|{Percent}))*";
            const string Variable = $@"{Name}(?:\*|:[1-9]\d{{0,3}})?";
            string literal = $@"(?:[!#$&(-;=?-\[\]_a-z~{International}{Private}]|{Percent})";
            return $@"(?:{literal}|\{{[+#.\/;?&]?{Variable}(?:,{Variable})*\}})*";
        }
    }

    private const string Scheme = @"[a-zA-Z][a-zA-Z0-9+\-.]*:";

    private string Absolute => $"(?:{Scheme}(?:{Rooted}|{_firstSegment}{Segments}|){_rest})";

    // What both have in common stands there once, so that the automaton is small.
    private string Reference =>
        $"(?:(?:(?:{Scheme})?{Rooted}|{Scheme}(?:{_firstSegment}{Segments})?|{_firstWithoutColon}{Segments}|){_rest})";

    // Two slashes begin an authority, so a path begins with none or one.
    private string Rooted => $@"(?:\/\/{_authority}{Segments}|\/(?:{_firstSegment}{Segments})?)";

    private string Segments => $@"(?:\/{_segment})*";
}
