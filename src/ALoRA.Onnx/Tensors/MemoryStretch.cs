namespace ALoRA.Onnx.Tensors;

/// <summary>Bytes to copy.</summary>
/// <param name="From">Address of the first byte to read.</param>
/// <param name="To">Address of the first byte to write.</param>
/// <param name="Bytes">Number of bytes.</param>
internal readonly record struct MemoryStretch(nint From, nint To, long Bytes);
