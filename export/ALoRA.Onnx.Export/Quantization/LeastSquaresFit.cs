using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using ALoRA.Onnx.Export.Settings;
using ALoRA.Onnx.Export.Weights;

namespace ALoRA.Onnx.Export.Quantization;

/// <summary>
/// The scale and zero point of least squared error among some dozens. For codes q that a trial scale gives, the best scale is
/// <c>Σ w·x·q / Σ w·q²</c> and lowers the error by <c>(Σ w·x·q)² / Σ w·q²</c> (llama.cpp's <c>make_qx_quants</c>); the best trial is
/// repeated with its own scale until the codes stay. Without importances from a calibration text, an error counts
/// <c>x² + mean of x²</c>: measured on two models, plain squared error cuts large weights off, which stand where activations are large,
/// and costs more than it gains.
/// </summary>
internal sealed class LeastSquaresFit(MatrixFormat.Blocks format, ActivationType scaleType) : BlockFit(format, scaleType)
{
    private const int Refinements = 4;
    private const int ZeroPointReach = 2;

    // How far the element of largest magnitude lies from zero in codes, in either direction:
    // below 8 the range is wider than needed, above it is cut off.
    private static readonly float[] SymmetricReaches = [.. Enumerable.Range(0, 14).Select(i => 5.75f + (0.375f * i))];

    // Share of the range that the codes span.
    private static readonly float[] AsymmetricSpans = [.. Enumerable.Range(0, 10).Select(i => 0.65f + (0.05f * i))];

    protected override (float Scale, int ZeroPoint) Choose(ReadOnlySpan<float> values, ReadOnlySpan<float> importance)
    {
        if (!importance.IsEmpty)
        {
            return Fit(values, importance);
        }

        Span<float> own = stackalloc float[values.Length];
        TensorPrimitives.Multiply(values, values, own);
        TensorPrimitives.Add(own, TensorPrimitives.Sum<float>(own) / own.Length, own);
        return Fit(values, own);
    }

    private (float Scale, int ZeroPoint) Fit(ReadOnlySpan<float> values, ReadOnlySpan<float> importance)
    {
        Trial best = Format.HasZeroPoints ? Asymmetric(values, importance) : Symmetric(values, importance);
        for (int i = 0; i < Refinements && best.Gain > 0; i++)
        {
            Trial refined = Try(values, importance, 1 / best.Scale, best.ZeroPoint);
            if (!(refined.Gain > best.Gain))
            {
                break;
            }

            best = refined;
        }

        // A block of zeros, or of numbers so small that their squares vanish or that are not finite: the caller's rounding deals with them.
        return best.Gain > 0 && float.IsFinite(best.Scale)
            ? (best.Scale, best.ZeroPoint)
            : Format.HasZeroPoints ? ExtremesFit.Asymmetric(values, HighestCode) : (ExtremesFit.Symmetric(values, Format.Bits), MiddleCode);
    }

    private Trial Symmetric(ReadOnlySpan<float> values, ReadOnlySpan<float> importance)
    {
        float largest = MathF.Abs(TensorPrimitives.MaxMagnitude(values));
        Trial best = default;
        foreach (float reach in SymmetricReaches)
        {
            float inverse = reach / largest;
            best = Better(best, Try(values, importance, inverse, MiddleCode));
            best = Better(best, Try(values, importance, -inverse, MiddleCode));
        }

        return best;
    }

    private Trial Asymmetric(ReadOnlySpan<float> values, ReadOnlySpan<float> importance)
    {
        float lowest = Math.Min(0, TensorPrimitives.Min(values));
        float highest = Math.Max(0, TensorPrimitives.Max(values));
        Trial best = default;
        foreach (float span in AsymmetricSpans)
        {
            float inverse = HighestCode / ((highest - lowest) * span);
            float middle = MiddleCode - 0.5f - ((highest + lowest) / 2 * inverse);
            if (!float.IsFinite(middle))
            {
                break;
            }

            int first = Math.Clamp((int)MathF.Round(middle) - ZeroPointReach, 0, HighestCode);
            int last = Math.Clamp((int)MathF.Round(middle) + ZeroPointReach, 0, HighestCode);
            for (int zeroPoint = first; zeroPoint <= last; zeroPoint++)
            {
                best = Better(best, Try(values, importance, inverse, zeroPoint));
            }
        }

        return best;
    }

    private Trial Try(ReadOnlySpan<float> values, ReadOnlySpan<float> importance, float inverse, int zeroPoint)
    {
        Vector256<float> products = Vector256<float>.Zero;
        Vector256<float> squares = Vector256<float>.Zero;
        Vector256<float> factor = Vector256.Create(inverse);
        Vector256<float> lowest = Vector256.Create((float)-zeroPoint);
        Vector256<float> highest = Vector256.Create((float)(HighestCode - zeroPoint));
        ref float value = ref MemoryMarshal.GetReference(values);
        ref float weight = ref MemoryMarshal.GetReference(importance);
        for (int i = 0; i < values.Length; i += Vector256<float>.Count)
        {
            Vector256<float> x = Vector256.LoadUnsafe(ref value, (nuint)i);
            Vector256<float> code = Vector256.Min(Vector256.Max(Vector256.Round(x * factor), lowest), highest);
            Vector256<float> weighted = code * Vector256.LoadUnsafe(ref weight, (nuint)i);
            products += x * weighted;
            squares += code * weighted;
        }

        float product = Vector256.Sum(products);
        float square = Vector256.Sum(squares);
        return square > 0 ? new Trial(product / square, zeroPoint, product * product / square) : default;
    }

    private static Trial Better(Trial best, Trial trial) => trial.Gain > best.Gain ? trial : best;

    /// <summary>A scale and zero point, and by how much they lower the squared error below that of zeros.</summary>
    private readonly record struct Trial(float Scale, int ZeroPoint, float Gain);
}
