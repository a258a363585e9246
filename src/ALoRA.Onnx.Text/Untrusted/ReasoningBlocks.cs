namespace ALoRA.Onnx.Untrusted;

/// <summary>
/// The marks of reasoning in an assistant's message. Templates look for them in the content itself, and the model wrote them as tokens.
/// </summary>
internal static class ReasoningBlocks
{
    private static readonly (string Open, string Close)[] Marks =
        [("<think>", "</think>"), ("[THINK]", "[/THINK]"), ("<|START_THINKING|>", "<|END_THINKING|>")];

    /// <summary>Where the marks of the block at a content's start are.</summary>
    public static IReadOnlyList<(int Start, int End)> Find(string content)
    {
        int first = content.Length - content.AsSpan().TrimStart().Length;
        foreach ((string open, string close) in Marks)
        {
            if (!content.AsSpan(first).StartsWith(open, StringComparison.Ordinal))
            {
                continue;
            }

            int end = content.IndexOf(close, first, StringComparison.Ordinal);
            int again = content.IndexOf(open, first + open.Length, StringComparison.Ordinal);
            return end < 0 || (again >= 0 && again < end) ? [] : [(first, first + open.Length), (end, end + close.Length)];
        }

        return [];
    }

    /// <summary>
    /// Where the end of a block is whose beginning stands in the template's opening of an answer.
    /// It counts where the template cuts contents there.
    /// </summary>
    public static IReadOnlyList<(int Start, int End)> FindEnd(string content, string template)
    {
        foreach ((string open, string close) in Marks)
        {
            int end = content.IndexOf(close, StringComparison.Ordinal);
            if (end >= 0 && !content.AsSpan(0, end).Contains(open, StringComparison.Ordinal) && CutsAtEnd(template, open, close))
            {
                return [(end, end + close.Length)];
            }
        }

        return [];
    }

    private static bool CutsAtEnd(string template, string open, string close)
    {
        int opening = template.LastIndexOf("add_generation_prompt", StringComparison.Ordinal);
        return opening >= 0
            && Holds(template, $"split('{close}')")
            && !Holds(template, $"'{open}' in")
            && template.IndexOf(open, opening, StringComparison.Ordinal) >= 0
            && template.IndexOf(close, opening, StringComparison.Ordinal) < 0;
    }

    // With either kind of quotes.
    private static bool Holds(string template, string code) =>
        template.Contains(code, StringComparison.Ordinal) || template.Contains(code.Replace('\'', '"'), StringComparison.Ordinal);
}
