namespace ALoRA.Onnx.Export.Architectures;

/// <summary>Linear modules over one input that the graph computes together: an adapter group.</summary>
/// <param name="Group">Name of the group, such as <c>qkv</c>.</param>
/// <param name="Path">Path inside the layer, such as <c>self_attn.qkv_proj</c>.</param>
/// <param name="InputSize">Columns of every part's weight.</param>
/// <param name="Parts">The modules in the order of their rows.</param>
internal sealed record ProjectionBlueprint(string Group, string Path, int InputSize, IReadOnlyList<ProjectionPart> Parts)
{
    public int OutputSize => Parts.Sum(part => part.OutputSize);
}
