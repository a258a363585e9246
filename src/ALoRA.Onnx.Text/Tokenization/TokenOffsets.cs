namespace ALoRA.Onnx;

/// <summary>The stretch of a text that a token covers.</summary>
/// <param name="Start">First Unicode code point of the original text (not UTF-16 unit, not byte).</param>
/// <param name="End">Code point behind the last. A token that stands for no text has 0 and 0.</param>
public readonly record struct TokenOffsets(int Start, int End);
