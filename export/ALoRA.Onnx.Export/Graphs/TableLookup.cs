using ALoRA.Onnx.Export.Graphs.Proto;
using ALoRA.Onnx.Export.Weights;
using DataType = ALoRA.Onnx.Export.Graphs.Proto.TensorProto.Types.DataType;

namespace ALoRA.Onnx.Export.Graphs;

/// <summary>Takes rows out of a stored table: <c>[batch, sequence]</c> ids to <c>[batch, sequence, columns]</c>.</summary>
internal sealed class TableLookup(GraphBuilder graph)
{
    public string Add(string path, PlannedMatrix table, string ids)
    {
        if (table.Format is not MatrixFormat.Blocks blocks)
        {
            return graph.Add($"{path}/Gather", "Gather", [graph.External(table.Name, table.Values, table.Rows, table.Columns), ids]);
        }

        string rows = AddBlocks(path, table, blocks, ids);
        return table.Minimums is null ? rows : AddMinimums(path, table, blocks, ids, rows);
    }

    // The head, where it is the same matrix, has initializers of another shape over the same bytes.
    private string AddBlocks(string path, PlannedMatrix table, MatrixFormat.Blocks format, string ids)
    {
        string codes = graph.External($"{table.Name}.table", DataType.Uint8, table.Values, table.Rows, table.Columns * format.Bits / 8);
        string[] inputs = [codes, ids, graph.External($"{table.Name}.scales", table.Scales!, table.Rows, format.BlocksOf(table.Columns))];
        if (table.ZeroPoints is not null)
        {
            int length = format.ZeroPointByteLength(table.Columns);
            inputs = [.. inputs, graph.External($"{table.Name}.zero_points", DataType.Uint8, table.ZeroPoints, table.Rows, length)];
        }

        AttributeProto[] attributes =
        [
            Attribute.Int("bits", format.Bits),
            Attribute.Int("block_size", format.BlockSize),
            Attribute.Int("gather_axis", 0),
            Attribute.Int("quantize_axis", 1),
        ];
        return graph.Add($"{path}/Gather", "GatherBlockQuantized", inputs, attributes);
    }

    private string AddMinimums(string path, PlannedMatrix table, MatrixFormat.Blocks format, string ids, string rows)
    {
        path = $"{path}/minimums";
        int count = format.BlocksOf(table.Columns);
        string gathered = graph.Add($"{path}/Gather", "Gather", [graph.External($"{table.Name}.minimums", table.Minimums!, table.Rows, count), ids]);
        string column = graph.Add($"{path}/Unsqueeze", "Unsqueeze", [gathered, graph.Vector(-1)]);
        string blocks = graph.Add($"{path}/blocks/Reshape", "Reshape", [rows, graph.Vector(0, 0, count, format.BlockSize)]);
        string sum = graph.Add($"{path}/Add", "Add", [blocks, column]);
        return graph.Add($"{path}/Reshape", "Reshape", [sum, graph.Vector(0, 0, table.Columns)]);
    }
}
