namespace ALoRA.Onnx.Saving;

/// <summary>A tensor of a safetensors file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Element type as safetensors names it: <c>I32</c>, <c>F32</c>, <c>F16</c> or <c>BF16</c>.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Begin">First byte behind the header.</param>
/// <param name="End">The byte behind its last one.</param>
internal sealed record SavedTensor(string Name, string Type, long[] Shape, long Begin, long End);
