namespace ALoRA.Onnx.Export.Architectures;

/// <summary>One projection of an <see cref="AdapterGroup"/>.</summary>
/// <param name="Module">Path of the module inside its layer, as the checkpoint names it, such as <c>self_attn.q_proj</c>.</param>
/// <param name="Size">Number of its output features.</param>
internal sealed record AdapterGroupOutput(string Module, int Size);
