namespace ALoRA.Onnx.Intrinsics.Running;

/// <summary>
/// Checks that an invocation's text and its ids are the same thing: a model that
/// reads other ids than the adapter was trained on answers nonsense.
/// </summary>
internal static class InvocationText
{
    /// <exception cref="ModelFormatException">The text does not give the ids.</exception>
    public static void Check(HfTokenizer tokenizer, string? text, IReadOnlyList<int> ids, string source)
    {
        if (text is null || ids.Count == 0)
        {
            return;
        }

        int[] encoded = tokenizer.Encode(text);
        if (!encoded.SequenceEqual(ids))
        {
            throw Mismatch(source, text, encoded, ids, tokenizer);
        }
    }

    public static ModelFormatException Mismatch(
        string source, string text, IReadOnlyList<int> encoded, IReadOnlyList<int> ids, HfTokenizer tokenizer) => new(
        $"{source}: the invocation '{text}' is [{string.Join(", ", encoded)}] with the model's tokenizer, but the adapter was trained on "
        + $"[{string.Join(", ", ids)}], "
        + $"which is '{tokenizer.Decode([.. ids])}'. Take the adapter for this base, or correct the text.");
}
