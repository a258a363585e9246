namespace ALoRA.Onnx;

/// <summary>A token and how likely it is.</summary>
/// <param name="Id">The token's id.</param>
/// <param name="Bytes">
/// The UTF-8 bytes that it adds to a text, part of a character included; those of all generated
/// tokens one after the other are the text, with special tokens spelled out.
/// </param>
/// <param name="Logprob">Natural logarithm of its probability.</param>
public readonly record struct TokenLogprob(int Id, ReadOnlyMemory<byte> Bytes, double Logprob);
