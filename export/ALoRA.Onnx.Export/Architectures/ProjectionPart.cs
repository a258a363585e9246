namespace ALoRA.Onnx.Export.Architectures;

/// <summary>One linear module of the checkpoint.</summary>
/// <param name="Module">Path inside the layer, such as <c>self_attn.q_proj</c>.</param>
/// <param name="Weight">Checkpoint tensor <c>[OutputSize, input]</c>.</param>
/// <param name="OutputSize">Rows of the weight.</param>
/// <param name="Bias">Checkpoint tensor <c>[OutputSize]</c>, or null.</param>
internal sealed record ProjectionPart(string Module, string Weight, int OutputSize, string? Bias);
