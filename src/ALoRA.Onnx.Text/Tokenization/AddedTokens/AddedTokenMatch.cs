namespace ALoRA.Onnx.Tokenization.AddedTokens;

/// <summary>A stretch of a text in UTF-16 units, and the id of the added token that stands there (-1: ordinary text).</summary>
internal readonly record struct AddedTokenMatch(int Id, int Start, int End);
