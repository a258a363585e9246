using ALoRA.Onnx.Export.Weights;

namespace ALoRA.Onnx.Export.Graphs;

/// <summary>Multiplies with stored matrices <c>[out, in]</c> as they are: no weight is transposed anywhere.</summary>
/// <param name="graph">Receives the nodes.</param>
/// <param name="accuracyLevel">That of MatMulNBits.</param>
/// <param name="knowsShapes">
/// Whether all values have a shape before the graph runs. Behind some operators of our own they have none, and MatMulNBits wants one.
/// </param>
internal sealed class MatrixProduct(GraphBuilder graph, int accuracyLevel, bool knowsShapes = true)
{
    private readonly BlockInitializers _initializers = new(graph);
    private readonly Dictionary<(string Input, int BlockSize), string> _blockSums = [];
    private readonly Dictionary<string, string> _scaledInputs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _shapedInputs = new(StringComparer.Ordinal);

    /// <summary>Adds the product of <c>[.., in]</c> with the matrix: <c>[.., out]</c>.</summary>
    /// <param name="path">Prefix of the node's name.</param>
    /// <param name="matrix">The stored matrix.</param>
    /// <param name="input">Name of the value to multiply.</param>
    /// <param name="output">Name of the product; null for the usual one.</param>
    /// <returns>Name of the product.</returns>
    public string Add(string path, PlannedMatrix matrix, string input, string? output = null) => matrix.Format switch
    {
        MatrixFormat.Blocks { IsSplit: true } blocks => AddSplit(path, matrix, blocks, input, output),
        MatrixFormat.Blocks { HasMinimums: true } blocks => AddWithMinimums(path, matrix, blocks, input, output),
        MatrixFormat.Blocks blocks => AddBlocks($"{path}/MatMul", matrix, blocks, input, output),
        _ => AddFloat($"{path}/MatMul", input, graph.External(matrix.Name, matrix.Values, matrix.Rows, matrix.Columns), output),
    };

    private string AddFloat(string node, string input, string weight, string? output) =>
        AddNode(node, "FusedMatMul", [input, weight], output, Attribute.Int("transB", 1));

    private string AddBlocks(string node, PlannedMatrix matrix, MatrixFormat.Blocks format, string input, string? output) =>
        AddCodes(node, matrix, format, format.Bits, input, _initializers.ForProduct(matrix, format), output);

    private string AddCodes(
        string node, PlannedMatrix matrix, MatrixFormat.Blocks format, int bits, string input, IEnumerable<string> weights,
        string? output) => AddNode(
        node,
        "MatMulNBits",
        [knowsShapes ? input : Shaped(input, matrix.Columns), .. weights],
        output,
        Attribute.Int("K", matrix.Columns),
        Attribute.Int("N", matrix.Rows),
        Attribute.Int("bits", bits),
        Attribute.Int("block_size", format.BlockSize),
        Attribute.Int("accuracy_level", accuracyLevel));

    private string Shaped(string input, int columns)
    {
        if (!_shapedInputs.TryGetValue(input, out string? shaped))
        {
            shaped = graph.Add($"{NodeOf(input)}/shape/Reshape", "Reshape", [input, graph.Vector(0, 0, columns)]);
            _shapedInputs.Add(input, shaped);
        }

        return shaped;
    }

    // 16 times the input meets the high nibbles: a power of two, so that nothing is rounded.
    private string AddSplit(string path, PlannedMatrix matrix, MatrixFormat.Blocks format, string input, string? output)
    {
        if (!_scaledInputs.TryGetValue(input, out string? scaled))
        {
            scaled = graph.Add($"{NodeOf(input)}/nibbles/Mul", "Mul", [input, graph.Scalar(16f)]);
            _scaledInputs.Add(input, scaled);
        }

        string high = AddCodes($"{path}/high/MatMul", matrix, format, 4, scaled, _initializers.ForHighProduct(matrix, format), null);
        string low = AddCodes($"{path}/MatMul", matrix, format, 4, input, _initializers.ForLowProduct(matrix, format), null);
        return AddNode($"{path}/nibbles/Add", "Add", [high, low], output);
    }

    // Each block adds its minimum times the sum of its inputs.
    private string AddWithMinimums(string path, PlannedMatrix matrix, MatrixFormat.Blocks format, string input, string? output)
    {
        string minimums = graph.External($"{matrix.Name}.minimums", matrix.Minimums!, matrix.Rows, format.BlocksOf(matrix.Columns));
        string codes = AddBlocks($"{path}/MatMul", matrix, format, input, null);
        string sums = AddFloat($"{path}/minimums/MatMul", BlockSums(input, matrix.Columns, format.BlockSize), minimums, null);
        return AddNode($"{path}/minimums/Add", "Add", [codes, sums], output);
    }

    // Products over the same input, such as those of q, k and v, share its sums.
    private string BlockSums(string input, int columns, int blockSize)
    {
        if (!_blockSums.TryGetValue((input, blockSize), out string? sums))
        {
            string path = NodeOf(input);
            string blocks = graph.Add($"{path}/blocks/Reshape", "Reshape", [input, graph.Vector(0, 0, columns / blockSize, blockSize)]);
            // Without rows, as in a prefill chunk that wants no logits, ONNX Runtime's
            // ReduceSum leaves the shape as it is, whatever it is told.
            string kept = graph.Add($"{path}/blocks/ReduceSum", "ReduceSum", [blocks, graph.Vector(-1)], Attribute.Int("keepdims", 1));
            sums = graph.Add($"{path}/blocks/sums/Reshape", "Reshape", [kept, graph.Vector(0, 0, columns / blockSize)]);
            _blockSums.Add((input, blockSize), sums);
        }

        return sums;
    }

    private string AddNode(
        string node, string operation, ReadOnlySpan<string> inputs, string? output, params ReadOnlySpan<Proto.AttributeProto> attributes)
    {
        output ??= $"{node}/output_0";
        graph.AddNamed(node, operation, [output], inputs, attributes);
        return output;
    }

    private static string NodeOf(string value) =>
        value.EndsWith("/output_0", StringComparison.Ordinal) ? value[..^"/output_0".Length] : value;
}
