namespace ALoRA.Onnx.Export.Checkpoints.Gguf;

/// <summary>A tensor as the header lists it; the offset counts from the start of the data section, the shape is row-major.</summary>
internal sealed record GgufEntry(string Name, TensorEncoding Encoding, long[] Shape, long Offset, long ByteLength);
