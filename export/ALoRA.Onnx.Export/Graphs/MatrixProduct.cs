using ALoRA.Onnx.Export.Graphs.Proto;
using ALoRA.Onnx.Export.Weights;
using DataType = ALoRA.Onnx.Export.Graphs.Proto.TensorProto.Types.DataType;

namespace ALoRA.Onnx.Export.Graphs;

/// <summary>Multiplies with stored matrices <c>[out, in]</c> as they are: no weight is transposed anywhere.</summary>
internal sealed class MatrixProduct(GraphBuilder graph, int accuracyLevel)
{
    private readonly Dictionary<(string Input, int BlockSize), string> _blockSums = [];

    /// <summary>Adds the product of <c>[.., in]</c> with the matrix: <c>[.., out]</c>.</summary>
    /// <param name="path">Prefix of the node's name.</param>
    /// <param name="matrix">The stored matrix.</param>
    /// <param name="input">Name of the value to multiply.</param>
    /// <param name="output">Name of the product; null for the usual one.</param>
    /// <returns>Name of the product.</returns>
    public string Add(string path, PlannedMatrix matrix, string input, string? output = null)
    {
        if (matrix.Format is not MatrixFormat.Blocks blocks)
        {
            return AddFloat($"{path}/MatMul", input, graph.External(matrix.Name, matrix.Values, matrix.Rows, matrix.Columns), output);
        }

        if (!blocks.HasMinimums)
        {
            return AddBlocks($"{path}/MatMul", matrix, blocks, input, output);
        }

        // Each block adds its minimum times the sum of its inputs.
        string minimums = graph.External($"{matrix.Name}.minimums", matrix.Minimums!, matrix.Rows, blocks.BlocksOf(matrix.Columns));
        string codes = AddBlocks($"{path}/MatMul", matrix, blocks, input, null);
        string sums = AddFloat($"{path}/minimums/MatMul", BlockSums(input, matrix.Columns, blocks.BlockSize), minimums, null);
        return Named(output ?? $"{path}/minimums/Add/output_0", name => graph.AddNamed($"{path}/minimums/Add", "Add", [name], [codes, sums]));
    }

    private string AddFloat(string node, string input, string weight, string? output) =>
        Named(output ?? $"{node}/output_0", name => graph.AddNamed(node, "FusedMatMul", [name], [input, weight], Attribute.Int("transB", 1)));

    private string AddBlocks(string node, PlannedMatrix matrix, MatrixFormat.Blocks format, string input, string? output)
    {
        int count = format.BlocksOf(matrix.Columns);
        string codes = graph.External(
            $"{matrix.Name}.codes", DataType.Uint8, matrix.Values, matrix.Rows, count, format.BlockByteLength);
        string[] inputs = [input, codes, graph.External($"{matrix.Name}.scales", matrix.Scales!, matrix.Rows, count)];
        if (matrix.ZeroPoints is not null)
        {
            int length = format.ZeroPointByteLength(matrix.Columns);
            inputs = [.. inputs, graph.External($"{matrix.Name}.zero_points", DataType.Uint8, matrix.ZeroPoints, matrix.Rows, length)];
        }

        AttributeProto[] attributes =
        [
            Attribute.Int("K", matrix.Columns),
            Attribute.Int("N", matrix.Rows),
            Attribute.Int("bits", format.Bits),
            Attribute.Int("block_size", format.BlockSize),
            Attribute.Int("accuracy_level", accuracyLevel),
        ];
        return Named(output ?? $"{node}/output_0", name => graph.AddNamed(node, "MatMulNBits", [name], inputs, attributes));
    }

    // Products over the same input, such as those of q, k and v, share its sums.
    private string BlockSums(string input, int columns, int blockSize)
    {
        if (!_blockSums.TryGetValue((input, blockSize), out string? sums))
        {
            string path = input.EndsWith("/output_0", StringComparison.Ordinal) ? input[..^"/output_0".Length] : input;
            string blocks = graph.Add($"{path}/blocks/Reshape", "Reshape", [input, graph.Vector(0, 0, columns / blockSize, blockSize)]);
            sums = graph.Add($"{path}/blocks/ReduceSum", "ReduceSum", [blocks, graph.Vector(-1)], Attribute.Int("keepdims", 0));
            _blockSums.Add((input, blockSize), sums);
        }

        return sums;
    }

    private static string Named(string output, Action<string> add)
    {
        add(output);
        return output;
    }
}
