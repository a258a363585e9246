namespace ALoRA.Onnx.Tokenization.AddedTokens;

/// <summary>An entry of <c>added_tokens</c>.</summary>
/// <param name="Content">The text.</param>
/// <param name="SingleWord">Matches only where no word character touches it.</param>
/// <param name="LeftStrip">Swallows white space before it.</param>
/// <param name="RightStrip">Swallows white space behind it.</param>
/// <param name="Normalized">Is searched in the normalized text, in its own normalized form.</param>
/// <param name="Special">Can be skipped when decoding, and be treated as text when encoding.</param>
internal sealed record AddedToken(string Content, bool SingleWord, bool LeftStrip, bool RightStrip, bool Normalized, bool Special);
