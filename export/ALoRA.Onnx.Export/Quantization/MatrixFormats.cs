using ALoRA.Onnx.Export.Settings;
using ALoRA.Onnx.Export.Weights;

namespace ALoRA.Onnx.Export.Quantization;

/// <summary>Chooses how a matrix is held.</summary>
internal static class MatrixFormats
{
    private const int FallbackBlockSize = 32;

    private const int RoundedActivationsLevel = 4;

    /// <summary>The format for a matrix of some encoding.</summary>
    public static MatrixFormat Choose(TensorEncoding encoding, MatrixPrecision wanted, PrecisionPlan precision)
    {
        bool split = precision is { Activations: ActivationType.Float32, AccuracyLevel: < RoundedActivationsLevel };
        MatrixFormat format = ChooseBlocks(encoding, wanted, precision);
        return split && format is MatrixFormat.Blocks { Bits: 8 } blocks ? blocks with { IsSplit = true } : format;
    }

    /// <summary>Whether a matrix that should stay as it is stored cannot, and is rounded to 8 bits instead.</summary>
    public static bool IsRounded(TensorEncoding encoding, MatrixPrecision wanted) =>
        wanted == MatrixPrecision.AsStored && encoding.BlockLength() > 1 && GgufBlocks.FormatOf(encoding) is null;

    private static MatrixFormat ChooseBlocks(TensorEncoding encoding, MatrixPrecision wanted, PrecisionPlan precision) => wanted switch
    {
        MatrixPrecision.Float => new MatrixFormat.Float(),
        MatrixPrecision.Int8 => new MatrixFormat.Blocks(8, precision.BlockSize, !precision.Symmetric, HasMinimums: false),
        MatrixPrecision.Int4 => new MatrixFormat.Blocks(4, precision.BlockSize, !precision.Symmetric, HasMinimums: false),
        MatrixPrecision.AsStored when GgufBlocks.FormatOf(encoding) is { } format => format,
        MatrixPrecision.AsStored when IsRounded(encoding, wanted) =>
            new MatrixFormat.Blocks(8, FallbackBlockSize, HasZeroPoints: false, HasMinimums: false),
        MatrixPrecision.AsStored => new MatrixFormat.Float(),
        _ => throw new ArgumentOutOfRangeException(nameof(wanted), wanted, "Not a matrix precision."),
    };
}
