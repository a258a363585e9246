namespace ALoRA.Onnx.Export;

/// <summary>A tensor that a safetensors file is going to hold.</summary>
/// <param name="Name">Its name, unique in the file.</param>
/// <param name="Encoding">An element type that the format has, no GGUF block type.</param>
/// <param name="Shape">Sizes in row-major order; empty for a scalar.</param>
public sealed record SafetensorsDeclaration(string Name, TensorEncoding Encoding, IReadOnlyList<long> Shape);
