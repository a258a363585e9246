namespace ALoRA.Onnx.Export.Graphs;

/// <summary>The last row of each sequence, which need not be the same: shorter sequences of a first prompt are padded behind their end.</summary>
/// <param name="graph">Receives the nodes.</param>
/// <param name="indices">Value of the indices, int64 <c>[batch, 1, 1]</c>.</param>
internal sealed class LastRows(GraphBuilder graph, string indices) : HeadRows(graph)
{
    // The number and no symbol: by it ONNX Runtime GenAI tells that there are no other rows.
    public override Dimension Count => 1;

    public override string Select(string path, string value) => Graph.Add($"{path}/GatherND", "GatherND", [value, indices], Attribute.Int("batch_dims", 1));
}
