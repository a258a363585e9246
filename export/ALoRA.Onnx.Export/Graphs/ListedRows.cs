namespace ALoRA.Onnx.Export.Graphs;

/// <summary>The rows whose indices a run gives, the same in every sequence.</summary>
/// <param name="graph">Receives the nodes.</param>
/// <param name="indices">Value of the indices, int64 <c>[logits_count]</c>.</param>
internal sealed class ListedRows(GraphBuilder graph, string indices) : HeadRows
{
    private string? _maskIndices;

    public override Dimension Count => "logits_count";

    public override string Select(string path, string value) => graph.Add($"{path}/Gather", "Gather", [value, indices], Attribute.Int("axis", 1));

    public override string SelectOfMask(string path, string mask) =>
        graph.Add($"{path}/Gather", "Gather", [mask, _maskIndices ??= MaskIndices()], Attribute.Int("axis", 1));

    // A mask of one row stands for all positions, so the position is taken modulo the mask's rows.
    private string MaskIndices()
    {
        string count = graph.Add(
            $"{ActivationMask.Path}/sequence/Shape", "Shape", [GraphNames.ActivationMask], Attribute.Int("start", 1), Attribute.Int("end", 2));
        return graph.Add($"{ActivationMask.Path}/positions/Mod", "Mod", [indices, count]);
    }
}
