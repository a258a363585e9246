namespace ALoRA.Onnx.Models;

/// <summary>One projection within an <see cref="AdapterGroup"/>.</summary>
/// <param name="Module">Module path below the layer, such as <c>self_attn.q_proj</c>.</param>
/// <param name="Size">Output size of the projection.</param>
internal sealed record AdapterGroupOutput(string Module, int Size);
