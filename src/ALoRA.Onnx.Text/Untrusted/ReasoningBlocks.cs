namespace ALoRA.Onnx.Untrusted;

/// <summary>
/// The marks of reasoning in an assistant's message. Templates look for them in the content itself, and the model wrote them as tokens.
/// </summary>
internal static class ReasoningBlocks
{
    private static readonly (string Open, string Close)[] Marks =
        [("<think>", "</think>"), ("[THINK]", "[/THINK]"), ("<|START_THINKING|>", "<|END_THINKING|>")];

    /// <summary>
    /// Where the marks of the block at the content's start are. A block whose beginning stands in the template's opening of an answer has
    /// only its end in the content.
    /// </summary>
    public static IReadOnlyList<(int Start, int End)> Find(string content, string template)
    {
        int first = content.Length - content.AsSpan().TrimStart().Length;
        foreach ((string open, string close) in Marks)
        {
            bool opens = content.AsSpan(first).StartsWith(open, StringComparison.Ordinal);
            int end = content.IndexOf(close, StringComparison.Ordinal);
            if (end < 0 || (!opens && !OpeningHolds(template, open, close)))
            {
                continue;
            }

            int again = content.IndexOf(open, opens ? first + open.Length : 0, StringComparison.Ordinal);
            if (again < 0 || again > end)
            {
                return opens ? [(first, first + open.Length), (end, end + close.Length)] : [(end, end + close.Length)];
            }
        }

        return [];
    }

    private static bool OpeningHolds(string template, string open, string close)
    {
        int opening = template.LastIndexOf("add_generation_prompt", StringComparison.Ordinal);
        return opening >= 0
            && template.IndexOf(open, opening, StringComparison.Ordinal) >= 0
            && template.IndexOf(close, opening, StringComparison.Ordinal) < 0;
    }
}
