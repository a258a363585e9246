namespace ALoRA.Onnx;

/// <summary>One projection within an <see cref="AdapterGroup"/>.</summary>
/// <param name="Module">Module path below the layer, such as <c>self_attn.q_proj</c>.</param>
/// <param name="Size">Output size of the projection.</param>
public sealed record AdapterGroupOutput(string Module, int Size);
