namespace ALoRA.Onnx.Training.Data;

/// <summary>Ids and their text for messages.</summary>
internal static class TokenText
{
    /// <summary>The text in quotes and the ids in brackets.</summary>
    public static string Describe(HfTokenizer tokenizer, ReadOnlySpan<int> ids) =>
        $"\"{tokenizer.Decode(ids).ReplaceLineEnds()}\" [{string.Join(", ", ids.ToArray())}]";

    /// <summary>The text on one line.</summary>
    public static string ReplaceLineEnds(this string text) =>
        text.Replace("\r", "\\r", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
