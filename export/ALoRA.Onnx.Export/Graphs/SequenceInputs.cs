using ALoRA.Onnx.Export.Architectures;
using ALoRA.Onnx.Export.Settings;
using DataType = ALoRA.Onnx.Export.Graphs.Proto.TensorProto.Types.DataType;

namespace ALoRA.Onnx.Export.Graphs;

/// <summary>
/// Ids and lengths of the sequences of a run, and which of their rows reach the head, as each kind of graph is given them.
/// </summary>
/// <remarks>
/// Where ONNX Runtime GenAI gives a mask, the lengths follow from it, under the names that the other kinds have as inputs:
/// <code>
/// attention_mask [batch, total] ── ReduceSum ── − 1 ── seqlens_k [batch]
///                └── Shape ── total_sequence_length
/// </code>
/// </remarks>
internal static class SequenceInputs
{
    private const string MaskPath = "/model/attention_mask";

    /// <summary>Declares the inputs.</summary>
    public static HeadRows Add(DecoderContext context)
    {
        GraphBuilder graph = context.Graph;
        graph.Input(GraphNames.InputIds, DataType.Int64, "batch", "sequence");
        if (context.Kind == GraphKind.GenAI)
        {
            return new LastRows(graph, AddMask(graph));
        }

        if (context.Kind.IsBatch())
        {
            graph.Input(GraphNames.PositionIds, DataType.Int64, "batch", "sequence");
            graph.Input(GraphNames.CacheSlots, DataType.Int64, "batch", GraphNames.CacheSlotColumns);
            return new ListedRows(graph, graph.Input(GraphNames.LogitsPositions, DataType.Int64, "logits_count"), axis: 0);
        }

        graph.Input(GraphNames.SequenceLengths, DataType.Int32, "batch");
        graph.Input(GraphNames.TotalLength, DataType.Int32);
        if (context.Kind == GraphKind.Fanout)
        {
            graph.Input(GraphNames.PositionIds, DataType.Int64, "batch", "sequence");
            graph.Input(GraphNames.AttentionBias, graph.Activations.ToOnnx(), 1, 1, "sequence", "total_length");
        }

        if (context.Kind == GraphKind.Branches)
        {
            graph.Input(GraphNames.BranchRows, DataType.Int32, "sequence", GraphNames.BranchRowColumns);
            graph.Input(GraphNames.BranchOwners, DataType.Int32, "owned_rows");
        }

        return new ListedRows(graph, graph.Input(GraphNames.LogitsPositions, DataType.Int64, "logits_count"));
    }

    private static string AddMask(GraphBuilder graph)
    {
        string mask = graph.Input(GraphNames.AttentionMask, DataType.Int64, "batch", "total_length");
        string lengths = graph.Add($"{MaskPath}/ReduceSum", "ReduceSum", [mask, graph.Vector(1)], Attribute.Int("keepdims", 0));
        string last = graph.Add($"{MaskPath}/Sub", "Sub", [lengths, graph.Vector(1)]);
        string total = graph.Add($"{MaskPath}/Shape", "Shape", [mask], Attribute.Int("start", 1), Attribute.Int("end", 2));
        AddInt32($"{MaskPath}/lengths/Cast", last, GraphNames.SequenceLengths);
        AddInt32($"{MaskPath}/total/Cast", graph.Add($"{MaskPath}/Squeeze", "Squeeze", [total, graph.Vector(0)]), GraphNames.TotalLength);

        // The rows of a run are the last ones of the mask. In a decode step a shorter sequence's mask ends before its only row.
        string rows = graph.Add(
            $"{MaskPath}/rows/Shape", "Shape", [GraphNames.InputIds], Attribute.Int("start", 1), Attribute.Int("end", 2));
        string past = graph.Add($"{MaskPath}/past/Sub", "Sub", [total, rows]);
        string index = graph.Add($"{MaskPath}/index/Sub", "Sub", [last, past]);
        string inside = graph.Add($"{MaskPath}/index/Max", "Max", [index, graph.Vector(0)]);
        return graph.Add($"{MaskPath}/index/Unsqueeze", "Unsqueeze", [inside, graph.Vector(1, 2)]);

        void AddInt32(string path, string value, string name) =>
            graph.AddNamed(path, "Cast", [name], [value], Attribute.Int("to", (int)DataType.Int32));
    }
}

/// <summary>
/// The last row of each sequence, which need not be the same: shorter sequences of a first prompt are padded behind their end.
/// </summary>
/// <param name="graph">Receives the nodes.</param>
/// <param name="indices">Value of the indices, int64 <c>[batch, 1, 1]</c>.</param>
internal sealed class LastRows(GraphBuilder graph, string indices) : HeadRows(graph)
{
    // The number and no symbol: by it ONNX Runtime GenAI tells that there are no other rows.
    public override Dimension Count => 1;

    public override string Select(string path, string value) =>
        Graph.Add($"{path}/GatherND", "GatherND", [value, indices], Attribute.Int("batch_dims", 1));
}

/// <summary>The rows whose indices a run gives, the same in every sequence; or the sequences, where each has one row.</summary>
/// <param name="graph">Receives the nodes.</param>
/// <param name="indices">Value of the indices, int64 <c>[logits_count]</c>.</param>
/// <param name="axis">1 for rows, 0 for sequences.</param>
internal sealed class ListedRows(GraphBuilder graph, string indices, int axis = 1) : HeadRows(graph)
{
    public override Dimension Count => "logits_count";

    public override string Select(string path, string value) =>
        Graph.Add($"{path}/Gather", "Gather", [value, indices], Attribute.Int("axis", axis));
}
