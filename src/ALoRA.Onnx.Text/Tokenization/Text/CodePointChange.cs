namespace ALoRA.Onnx.Tokenization.Text;

/// <summary>One code point of a rewritten text.</summary>
/// <param name="CodePoint">What stands in the new text.</param>
/// <param name="Change">
/// 0: takes the place of the next old one. 1: is new, and shares the place of the one before. -n: takes the place of the next old one,
/// and n more are dropped.
/// </param>
internal readonly record struct CodePointChange(int CodePoint, int Change);
