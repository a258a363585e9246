using ALoRA.Onnx.Export.Weights;

namespace ALoRA.Onnx.Export.Graphs;

/// <summary>Takes rows out of a stored table: <c>[batch, sequence]</c> ids to <c>[batch, sequence, columns]</c>.</summary>
internal sealed class TableLookup(GraphBuilder graph)
{
    private readonly BlockInitializers _initializers = new(graph);

    public string Add(string path, PlannedMatrix table, string ids)
    {
        switch (table.Format)
        {
            case MatrixFormat.Blocks { IsSplit: true } blocks:
                string high = AddBlocks($"{path}/high/Gather", blocks, 4, _initializers.ForHighLookup(table, blocks, ids));
                string low = AddBlocks($"{path}/Gather", blocks, 4, _initializers.ForLowLookup(table, blocks, ids));
                string scaled = graph.Add($"{path}/nibbles/Mul", "Mul", [high, graph.Scalar(16f)]);
                return graph.Add($"{path}/nibbles/Add", "Add", [scaled, low]);
            case MatrixFormat.Blocks blocks:
                string rows = AddBlocks($"{path}/Gather", blocks, blocks.Bits, _initializers.ForLookup(table, blocks, ids));
                return blocks.HasMinimums ? AddMinimums($"{path}/minimums", table, blocks, ids, rows) : rows;
            default:
                return graph.Add($"{path}/Gather", "Gather", [graph.External(table.Name, table.Values, table.Rows, table.Columns), ids]);
        }
    }

    private string AddBlocks(string node, MatrixFormat.Blocks format, int bits, IEnumerable<string> inputs) => graph.Add(
        node,
        "GatherBlockQuantized",
        [.. inputs],
        Attribute.Int("bits", bits),
        Attribute.Int("block_size", format.BlockSize),
        Attribute.Int("gather_axis", 0),
        Attribute.Int("quantize_axis", 1));

    private string AddMinimums(string path, PlannedMatrix table, MatrixFormat.Blocks format, string ids, string rows)
    {
        int count = format.BlocksOf(table.Columns);
        string gathered = graph.Add(
            $"{path}/Gather", "Gather", [graph.External($"{table.Name}.minimums", table.Minimums!, table.Rows, count), ids]);
        string column = graph.Add($"{path}/Unsqueeze", "Unsqueeze", [gathered, graph.Vector(-1)]);
        string blocks = graph.Add($"{path}/blocks/Reshape", "Reshape", [rows, graph.Vector(0, 0, count, format.BlockSize)]);
        string sum = graph.Add($"{path}/Add", "Add", [blocks, column]);
        return graph.Add($"{path}/Reshape", "Reshape", [sum, graph.Vector(0, 0, table.Columns)]);
    }
}
