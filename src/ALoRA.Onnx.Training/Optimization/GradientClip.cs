using System.Numerics;
using System.Runtime.InteropServices;

namespace ALoRA.Onnx.Training.Optimization;

/// <summary><c>torch.nn.utils.clip_grad_norm_</c> over all tensors together.</summary>
internal static class GradientClip
{
    private const double Epsilon = 1e-6;

    /// <summary>Euclidean norm of all gradients together, added up in float64 in a fixed order.</summary>
    public static double Norm(IReadOnlyList<float[]> gradients) => Math.Sqrt(gradients.Sum(SumOfSquares));

    /// <summary>What gradients are multiplied by so that their norm is not above a limit.</summary>
    /// <param name="norm">Their norm.</param>
    /// <param name="most">The limit; null for none.</param>
    public static double Factor(double norm, double? most) => most is { } limit ? Math.Min(1, limit / (norm + Epsilon)) : 1;

    private static double SumOfSquares(float[] gradient)
    {
        ReadOnlySpan<Vector<float>> wide = MemoryMarshal.Cast<float, Vector<float>>(gradient);
        Vector<double> low = Vector<double>.Zero;
        Vector<double> high = Vector<double>.Zero;
        foreach (Vector<float> part in wide)
        {
            Vector.Widen(part, out Vector<double> first, out Vector<double> second);
            low += first * first;
            high += second * second;
        }

        double sum = Vector.Sum(low + high);
        for (int i = wide.Length * Vector<float>.Count; i < gradient.Length; i++)
        {
            sum += (double)gradient[i] * gradient[i];
        }

        return sum;
    }
}
