namespace ALoRA.Onnx.Export.Graphs;

/// <summary>The last row of each sequence, which need not be the same: shorter sequences of a first prompt are padded behind their end.</summary>
/// <param name="graph">Receives the nodes.</param>
/// <param name="indices">Value of the indices, int64 <c>[batch, 1, 1]</c>.</param>
internal sealed class LastRows(GraphBuilder graph, string indices) : HeadRows
{
    private string? _maskShape;

    // The number and no symbol: by it ONNX Runtime GenAI tells that there are no other rows.
    public override Dimension Count => 1;

    public override string Select(string path, string value) => graph.Add($"{path}/GatherND", "GatherND", [value, indices], Attribute.Int("batch_dims", 1));

    public override string SelectOfMask(string path, string mask) =>
        Select(path, graph.Add($"{path}/rows/Expand", "Expand", [mask, _maskShape ??= MaskShape()]));

    private string MaskShape()
    {
        string ids = graph.Add($"{ActivationMask.Path}/ids/Shape", "Shape", [GraphNames.InputIds]);
        return graph.Add($"{ActivationMask.Path}/ids/Concat", "Concat", [ids, graph.Vector(1)], Attribute.Int("axis", 0));
    }
}
