namespace ALoRA.Onnx.Export.Checkpoints.Safetensors;

/// <summary>A tensor as the header lists it; offsets count from the first byte after the header.</summary>
internal sealed record SafetensorsEntry(string Name, TensorEncoding Encoding, long[] Shape, long Begin, long End);
