namespace ALoRA.Onnx.Files;

/// <summary>A token that a file beside <c>tokenizer.json</c> declares, with the flags that <c>added_tokens</c> have.</summary>
/// <param name="Content">The text.</param>
/// <param name="SingleWord">Matches only where no word character touches it.</param>
/// <param name="LeftStrip">Swallows white space before it.</param>
/// <param name="RightStrip">Swallows white space behind it.</param>
/// <param name="Normalized">Is searched in the normalized text.</param>
/// <param name="Special">Can be skipped when decoding.</param>
internal sealed record DeclaredToken(string Content, bool SingleWord, bool LeftStrip, bool RightStrip, bool Normalized, bool Special)
{
    /// <summary>A token of which only the text is known: Transformers makes it special, and special ones are not normalized.</summary>
    public static DeclaredToken OfText(string content) => new(content, false, false, false, Normalized: false, Special: true);
}
