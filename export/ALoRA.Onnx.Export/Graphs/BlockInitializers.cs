using ALoRA.Onnx.Export.Weights;
using DataType = ALoRA.Onnx.Export.Graphs.Proto.TensorProto.Types.DataType;

namespace ALoRA.Onnx.Export.Graphs;

/// <summary>
/// Initializers over the stored tensors of a matrix in blocks, in the order of the operators' inputs: codes, scales, zero points.
/// A product and a table lookup give the same bytes different shapes.
/// </summary>
internal sealed class BlockInitializers(GraphBuilder graph)
{
    /// <summary>For MatMulNBits.</summary>
    public IEnumerable<string> ForProduct(PlannedMatrix matrix, MatrixFormat.Blocks format) =>
        [Codes($"{matrix.Name}.codes", matrix, format, matrix.Values, format.BlockByteLength), .. Constants(matrix, format)];

    /// <summary>For the MatMulNBits over the high nibbles of split codes.</summary>
    public IEnumerable<string> ForHighProduct(PlannedMatrix matrix, MatrixFormat.Blocks format) =>
        [Codes($"{matrix.Name}.codes_high", matrix, format, matrix.Values, format.BlockSize / 2), .. HighConstants(matrix, format)];

    /// <summary>For the MatMulNBits over the low nibbles of split codes.</summary>
    public IEnumerable<string> ForLowProduct(PlannedMatrix matrix, MatrixFormat.Blocks format) =>
        [Codes($"{matrix.Name}.codes_low", matrix, format, matrix.LowValues!, format.BlockSize / 2), .. LowConstants(matrix, format)];

    /// <summary>For GatherBlockQuantized, whose indices stand between codes and scales.</summary>
    public IEnumerable<string> ForLookup(PlannedMatrix matrix, MatrixFormat.Blocks format, string indices) =>
        [Table($"{matrix.Name}.table", matrix, matrix.Values), indices, .. Constants(matrix, format)];

    /// <summary>For the GatherBlockQuantized over the high nibbles of split codes.</summary>
    public IEnumerable<string> ForHighLookup(PlannedMatrix matrix, MatrixFormat.Blocks format, string indices) =>
        [Table($"{matrix.Name}.table_high", matrix, matrix.Values), indices, .. HighConstants(matrix, format)];

    /// <summary>For the GatherBlockQuantized over the low nibbles of split codes.</summary>
    public IEnumerable<string> ForLowLookup(PlannedMatrix matrix, MatrixFormat.Blocks format, string indices) =>
        [Table($"{matrix.Name}.table_low", matrix, matrix.LowValues!), indices, .. LowConstants(matrix, format)];

    private string[] Constants(PlannedMatrix matrix, MatrixFormat.Blocks format) => matrix.ZeroPoints is null
        ? [Scales(matrix, format)]
        : [Scales(matrix, format), ZeroPoints($"{matrix.Name}.zero_points", matrix, matrix.ZeroPoints)];

    private string[] HighConstants(PlannedMatrix matrix, MatrixFormat.Blocks format) => matrix.ZeroPoints is null
        ? [Scales(matrix, format)]
        : [Scales(matrix, format), ZeroPoints($"{matrix.Name}.zero_points_high", matrix, matrix.ZeroPoints)];

    private string[] LowConstants(PlannedMatrix matrix, MatrixFormat.Blocks format) =>
        [Scales(matrix, format), ZeroPoints($"{matrix.Name}.zero_points_low", matrix, matrix.LowZeroPoints!)];

    private string Codes(string name, PlannedMatrix matrix, MatrixFormat.Blocks format, StoredTensor codes, int blockByteLength) =>
        graph.External(name, DataType.Uint8, codes, matrix.Rows, format.BlocksOf(matrix.Columns), blockByteLength);

    private string Table(string name, PlannedMatrix matrix, StoredTensor codes) =>
        graph.External(name, DataType.Uint8, codes, matrix.Rows, codes.RowByteLength);

    private string Scales(PlannedMatrix matrix, MatrixFormat.Blocks format) =>
        graph.External($"{matrix.Name}.scales", matrix.Scales!, matrix.Rows, format.BlocksOf(matrix.Columns));

    private string ZeroPoints(string name, PlannedMatrix matrix, StoredTensor zeroPoints) =>
        graph.External(name, DataType.Uint8, zeroPoints, matrix.Rows, zeroPoints.RowByteLength);
}
