using ALoRA.Onnx.Export.Architectures;

namespace ALoRA.Onnx.Export.Graphs;

/// <summary>The rows of a run that reach the head; the others end with the last layer's attention.</summary>
/// <param name="graph">Receives the nodes.</param>
internal abstract class HeadRows(GraphBuilder graph)
{
    private string? _maskShape;

    /// <summary>Receives the nodes.</summary>
    protected GraphBuilder Graph { get; } = graph;

    /// <summary>Number of rows of each sequence.</summary>
    public abstract Dimension Count { get; }

    /// <summary>Keeps these rows of a value <c>[batch, sequence, n]</c>.</summary>
    public abstract string Select(string path, string value);

    /// <summary>Keeps these rows of a mask <c>[batch, sequence, R]</c>, in which one row, and one sequence, may stand for all.</summary>
    /// <remarks>
    /// Rows are repeated before they are selected. Indices that depend on the number of the mask's rows would be computed
    /// by the processor, and a graph that copies them to a device cannot be captured there (CUDA graphs).
    /// </remarks>
    public string SelectOfMask(string path, string mask) =>
        Select(path, Graph.Add($"{path}/rows/Expand", "Expand", [mask, _maskShape ??= MaskShape()]));

    /// <summary>Keeps these rows of slots <c>[batch, sequence]</c>, in which one element may stand for all.</summary>
    public string SelectOfSlots(string path, string slots)
    {
        string ids = Graph.Add($"{path}/ids/Shape", "Shape", [GraphNames.InputIds]);
        return Select(path, Graph.Add($"{path}/rows/Expand", "Expand", [slots, ids]));
    }

    private string MaskShape()
    {
        string ids = Graph.Add($"{ActivationMask.Path}/ids/Shape", "Shape", [GraphNames.InputIds]);
        return Graph.Add($"{ActivationMask.Path}/ids/Concat", "Concat", [ids, Graph.Vector(1)], Attribute.Int("axis", 0));
    }
}
