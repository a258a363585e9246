namespace ALoRA.Onnx.Constraints.Schemas.StringFormats;

/// <summary>JSON pointers, identifiers and regular expressions, as regular expressions.</summary>
internal static class PointerPatterns
{
    // Deeper expressions are valid, too, but no automaton can count parentheses.
    private const int MaxGroups = 2;

    public const string Uuid = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}";
    public const string JsonPointer = @"(?:\/(?:[^~\/]|~[01])*)*";
    public const string RelativeJsonPointer = @"(?:0|[1-9]\d*)(?:#|" + JsonPointer + ")";

    /// <summary>Expressions of ECMA-262 that are valid in its Unicode mode, too, with groups at most two deep.</summary>
    public static string Regex { get; } = Disjunction(MaxGroups);

    private static string Disjunction(int groups)
    {
        const string Escape = @"\\(?:[dDwWsSfnrtv^$\\.*+?()\[\]{}|\/]|x[0-9a-fA-F]{2}|u[0-9a-cA-CeEfF][0-9a-fA-F]{3})";
        const string ClassEscape = @"\\(?:[dDwWsSfnrtv^$\\.*+?()\[\]{}|\/\-])";
        const string ClassMember = @"(?:[^\\\]\-\[^&~|\n\r\u2028\u2029]|" + ClassEscape + ")";
        const string Range = "(?:a-z|A-Z|0-9|a-f|A-F|a-zA-Z|0-9a-f)";
        const string Class = @"\[\^?(?:-?(?:" + Range + "|" + ClassMember + @")+-?|-)\]";
        string atom = @"[^\\^$.*+?()\[\]{}|\n\r\u2028\u2029]|\.|" + $"{Escape}|{Class}";
        string assertion = @"\^|\$|\\[bB]";
        if (groups > 0)
        {
            string body = Disjunction(groups - 1);
            atom += $@"|\((?:\?:)?{body}\)";
        }

        if (groups == MaxGroups)
        {
            assertion += $@"|\(\?<?[=!]{Disjunction(0)}\)";
        }

        string counts = string.Join('|', Enumerable.Range(0, 10).Select(least => $@"{least}(?:,(?:[{least}-9]|[1-9]\d{{1,2}})?)?"));
        string quantifier = $@"(?:[*+?]|\{{(?:{counts})\}})\??";
        string term = $"(?:(?:{atom})(?:{quantifier})?|{assertion})";
        return $@"(?:(?:{term})*(?:\|(?:{term})*)*)";
    }
}
