using System.Numerics.Tensors;
using ALoRA.Onnx.Export.Settings;
using ALoRA.Onnx.Export.Weights;

namespace ALoRA.Onnx.Export.Quantization;

/// <summary>Scale and zero point of a block by its extremes: round to nearest.</summary>
internal sealed class ExtremesFit(MatrixFormat.Blocks format, ActivationType scaleType) : BlockFit(format, scaleType)
{
    private const float LargestInt8 = 127;

    protected override (float Scale, int ZeroPoint) Choose(ReadOnlySpan<float> values, ReadOnlySpan<float> importance) =>
        Format.HasZeroPoints ? Asymmetric(values, HighestCode) : (Symmetric(values, Format.Bits), MiddleCode);

    /// <summary>
    /// 4 bits: the element of largest magnitude becomes the lowest code, -8, because the range reaches one step further down than up (as in
    /// GGUF's Q4_0). 8 bits: its magnitude becomes 127, so that the opposite sign fits, too (as in Q8_0).
    /// </summary>
    public static float Symmetric(ReadOnlySpan<float> values, int bits)
    {
        float largest = TensorPrimitives.MaxMagnitude(values);
        return bits == 8 ? MathF.Abs(largest) / LargestInt8 : largest / -(1 << (bits - 1));
    }

    /// <summary>The range from lowest to highest element, widened to zero so that zero has a code.</summary>
    public static (float Scale, int ZeroPoint) Asymmetric(ReadOnlySpan<float> values, int highestCode)
    {
        float lowest = Math.Min(0, TensorPrimitives.Min(values));
        float highest = Math.Max(0, TensorPrimitives.Max(values));
        float scale = (highest - lowest) / highestCode;
        return scale > 0 ? (scale, (int)MathF.Round(-lowest / scale)) : (scale, 0);
    }
}
