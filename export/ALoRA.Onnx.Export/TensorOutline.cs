namespace ALoRA.Onnx.Export;

/// <summary>Name and shape of a tensor that a checkpoint has to hold.</summary>
/// <param name="Name">The Hugging Face name.</param>
/// <param name="Shape">Sizes in row-major order, a projection's weight as <c>[out, in]</c>.</param>
public sealed record TensorOutline(string Name, IReadOnlyList<long> Shape);
