using ALoRA.Onnx.Export.Weights;

namespace ALoRA.Onnx.Export.Graphs;

/// <summary>Multiplies with a stored matrix <c>[out, in]</c> as it is: no weight is transposed anywhere.</summary>
internal sealed class MatrixProduct(GraphBuilder graph)
{
    /// <summary>Adds the product of <c>[.., in]</c> with the matrix: <c>[.., out]</c>.</summary>
    /// <param name="path">Prefix of the node's name.</param>
    /// <param name="matrix">The stored matrix.</param>
    /// <param name="input">Name of the value to multiply.</param>
    /// <param name="output">Name of the product; null for the usual one.</param>
    /// <returns>Name of the product.</returns>
    public string Add(string path, PlannedMatrix matrix, string input, string? output = null)
    {
        string node = $"{path}/MatMul";
        output ??= $"{node}/output_0";
        switch (matrix.Format)
        {
            case MatrixFormat.Float:
                string weight = graph.External(matrix.Name, matrix.Stored[0], matrix.Rows, matrix.Columns);
                graph.AddNamed(node, "FusedMatMul", [output], [input, weight], Attribute.Int("transB", 1));
                return output;
            default:
                throw new InvalidOperationException($"{path}: no product for {matrix.Format}.");
        }
    }
}
