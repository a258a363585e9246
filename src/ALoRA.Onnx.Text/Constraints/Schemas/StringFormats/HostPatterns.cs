namespace ALoRA.Onnx.Constraints.Schemas.StringFormats;

/// <summary>Addresses and names of hosts, and of mail boxes there, as regular expressions.</summary>
/// <remarks>
/// A name may have 253 characters. An automaton that counted them would need a state for each, so fewer names are possible: at most
/// eight labels, of which only the first may be long. No label has "--" behind two characters, which is reserved, and the last one is no
/// number, as the name would look like an address.
/// </remarks>
internal static class HostPatterns
{
    private const string Octet = @"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)";
    private const string Group = "[0-9a-fA-F]{1,4}";
    private const string Any = "[a-zA-Z0-9]";
    private const string AnyOrHyphen = @"[a-zA-Z0-9\-]";
    private const string MailText = @"a-zA-Z0-9!#$%&'*+\/=?^_`{|}~\-";
    private const int Long = 63;
    private const int Short = 26;

    // Lower-case letters of scripts written from left to right: each is valid in an internationalized name, beside any other of them.
    private const string Letters =
        @"\u00DF-\u00F6\u00F8-\u00FF\u03B1-\u03C9\u0430-\u045F\u3041-\u3096\u30A1-\u30FA\u4E00-\u9FA5\uAC00-\uD7A3";

    // Its ASCII form must not have more than 63 characters.
    private const string LettersLabel = $"[a-z{Letters}][a-z0-9{Letters}]{{0,7}}";

    public const string IPv4 = $@"(?:{Octet}(?:\.{Octet}){{3}})";

    public static string IPv6 { get; } = MakeIPv6();

    public static string HostName { get; } = $@"(?:{First}(?:(?:\.{Next}){{0,5}}\.{Last})?)";

    public static string InternationalHostName { get; } =
        $@"(?:{InternationalFirst}(?:(?:\.{InternationalNext}){{0,2}}\.{InternationalLast})?)";

    public static string Email { get; } = Mail(MailText, $@"{First}(?:\.{Next}){{0,3}}\.{Last}");

    public static string InternationalEmail { get; } =
        Mail(MailText + Letters, $@"{InternationalFirst}(?:\.{InternationalNext}){{0,1}}\.{InternationalLast}");

    private static string InternationalFirst => $"(?:{First}|{LettersLabel})";

    private static string InternationalNext => $"(?:{Next}|{LettersLabel})";

    private static string InternationalLast => $"(?:{Last}|{LettersLabel})";

    private static string First =>
        $"(?:{Any}(?:{Any}|{AnyOrHyphen}{Any}|{AnyOrHyphen}{{2}}{Any}"
        + $"|{AnyOrHyphen}(?:{AnyOrHyphen}{Any}|{Any}-){AnyOrHyphen}{{0,{Long - 5}}}{Any})?)";

    // Behind the first label: begins with a letter, or is short. What is last has a letter.
    private static string Next => $@"(?:{Lettered}|\d{Any}{{0,9}})";

    private static string Last => $@"(?:{Lettered}|\d{{1,3}}[a-zA-Z]{Any}{{0,6}})";

    private static string Lettered =>
        $"(?:[a-zA-Z](?:{Any}|{AnyOrHyphen}{Any}|{AnyOrHyphen}{{2}}{Any}"
        + $@"|{AnyOrHyphen}(?:{AnyOrHyphen}{Any}|{Any}-){AnyOrHyphen}{{0,{Short - 5}}}{Any})?)";

    // At most 64 characters before the sign. A host without a dot is left out: it is no address outside of its own network.
    private static string Mail(string text, string host) =>
        $@"(?:(?:[{text}](?:\.?[{text}]){{0,31}}|""(?:[ !#-\[\]-~]|\\[""\\]){{0,20}}"")"
        + $@"@(?:{host}|\[{IPv4}\]))";

    // RFC 3986: "::" stands for at least one group, and the last two may be written as an IPv4 address.
    private static string MakeIPv6()
    {
        const string End = $"(?:{Group}:{Group}|{IPv4})";
        List<string> forms = [$"(?:{Group}:){{6}}{End}"];
        for (int before = 0; before <= 7; before++)
        {
            string head = before == 0 ? "" : $"(?:(?:{Group}:){{0,{before - 1}}}{Group})?";
            string tail = before switch
            {
                <= 5 => $"(?:{Group}:){{{5 - before}}}{End}",
                6 => Group,
                _ => "",
            };
            forms.Add($"{head}::{tail}");
        }

        return $"(?:{string.Join('|', forms)})";
    }
}
