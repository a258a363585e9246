using System.Runtime.InteropServices;
using ALoRA.Onnx.Export.Settings;
using ALoRA.Onnx.Export.Weights;

namespace ALoRA.Onnx.Export.Quantization;

/// <summary>Chooses scale and zero point of a block. Immutable, thread-safe.</summary>
internal abstract class BlockFit(MatrixFormat.Blocks format, ActivationType scaleType)
{
    protected MatrixFormat.Blocks Format => format;

    /// <summary>The highest code.</summary>
    protected int HighestCode { get; } = (1 << format.Bits) - 1;

    /// <summary>The middle of the codes, which stands for zero where blocks have no zero points.</summary>
    protected int MiddleCode { get; } = 1 << (format.Bits - 1);

    /// <summary>The fit for a method.</summary>
    public static BlockFit For(QuantizationMethod method, MatrixFormat.Blocks format, ActivationType scaleType) =>
        method == QuantizationMethod.RoundToNearest || format.Bits == 8
            ? new ExtremesFit(format, scaleType)
            : new LeastSquaresFit(format, scaleType);

    /// <summary>Fits a block and writes its codes.</summary>
    /// <param name="values">The block's weights.</param>
    /// <param name="importance">What the squared error of each weight counts; empty where all count the same.</param>
    /// <param name="codes">Receives a code for each weight.</param>
    /// <returns>The scale as its type holds it, and the zero point.</returns>
    public (float Scale, int ZeroPoint) Quantize(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, Span<byte> codes)
    {
        (float scale, int zeroPoint) = Choose(values, importance);

        // The codes have to fit the scale as it is stored.
        scale = Rounded(scale);
        BlockCodes.Round(values, scale, zeroPoint, HighestCode, codes);
        return (scale, zeroPoint);
    }

    /// <summary>Scale and zero point before the scale is rounded to its type.</summary>
    protected abstract (float Scale, int ZeroPoint) Choose(ReadOnlySpan<float> values, ReadOnlySpan<float> importance);

    private float Rounded(float scale)
    {
        switch (scaleType)
        {
            case ActivationType.Float16:
                return (float)(Half)scale;
            case ActivationType.BFloat16:
                Span<byte> bytes = stackalloc byte[sizeof(uint)];
                bytes.Clear();
                FloatRounding.Round([scale], ActivationType.BFloat16, bytes[2..], "scale");
                return MemoryMarshal.Read<float>(bytes);
            default:
                return scale;
        }
    }
}
