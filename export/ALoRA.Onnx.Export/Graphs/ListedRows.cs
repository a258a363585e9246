namespace ALoRA.Onnx.Export.Graphs;

/// <summary>The rows whose indices a run gives, the same in every sequence.</summary>
/// <param name="graph">Receives the nodes.</param>
/// <param name="indices">Value of the indices, int64 <c>[logits_count]</c>.</param>
internal sealed class ListedRows(GraphBuilder graph, string indices) : HeadRows(graph)
{
    public override Dimension Count => "logits_count";

    public override string Select(string path, string value) => Graph.Add($"{path}/Gather", "Gather", [value, indices], Attribute.Int("axis", 1));
}
