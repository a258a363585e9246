using System.Numerics;
using System.Runtime.InteropServices;

namespace ALoRA.Onnx.Training.Optimization;

/// <summary>
/// <c>torch.optim.AdamW</c>, with its order of operations in float32: decay, both moments, then the step. Not thread-safe.
/// </summary>
/// <remarks>
/// Every element is computed for itself and without fused multiplications, so that neither the machine's vectors nor the place in a tensor
/// change a bit. One pass over each tensor: the work is bound by memory.
/// </remarks>
internal sealed class AdamW
{
    private readonly AdamWSettings _settings;

    /// <summary>An optimizer that has not stepped yet.</summary>
    /// <param name="settings">The constants.</param>
    /// <param name="lengths">Elements of each tensor.</param>
    public AdamW(AdamWSettings settings, IReadOnlyList<int> lengths)
    {
        _settings = settings;
        FirstMoments = [.. lengths.Select(length => new float[length])];
        SecondMoments = [.. lengths.Select(length => new float[length])];
    }

    /// <summary>Running means of the gradients, m; written to when a checkpoint is read.</summary>
    public IReadOnlyList<float[]> FirstMoments { get; }

    /// <summary>Running means of their squares, v; written to when a checkpoint is read.</summary>
    public IReadOnlyList<float[]> SecondMoments { get; }

    /// <summary>Steps that were made, t.</summary>
    public int Updates { get; set; }

    /// <summary>Makes a step.</summary>
    /// <param name="values">The parameters of each tensor, which change.</param>
    /// <param name="gradients">Their gradients.</param>
    /// <param name="rate">The learning rate of this step.</param>
    /// <param name="factor">What gradients are multiplied by first, such as <see cref="GradientClip.Factor"/>.</param>
    public void Update(IReadOnlyList<float[]> values, IReadOnlyList<float[]> gradients, double rate, double factor)
    {
        Step step = NextStep(rate, factor);
        for (int i = 0; i < values.Count; i++)
        {
            Apply(step, values[i], gradients[i], FirstMoments[i], SecondMoments[i]);
        }
    }

    /// <summary>Counts a step that is made elsewhere, and gives its scalars in the order of the optimizer's graph.</summary>
    /// <param name="rate">The learning rate of this step.</param>
    /// <param name="clip">Norm to which gradients are clipped; null for none.</param>
    public float[] CountStep(double rate, double? clip)
    {
        Step step = NextStep(rate, 1);
        return
        [
            (float)(clip ?? float.MaxValue), step.Decay, step.FirstShare, step.Beta2, step.SecondShare, step.Size, step.Root, step.Epsilon,
        ];
    }

    private Step NextStep(double rate, double factor)
    {
        Updates++;
        double root = Math.Sqrt(1 - Math.Pow(_settings.Beta2, Updates));
        return new Step(
            (float)factor, (float)(1 - (rate * _settings.WeightDecay)), (float)(1 - _settings.Beta1), (float)_settings.Beta2,
            (float)(1 - _settings.Beta2), (float)(rate / (1 - Math.Pow(_settings.Beta1, Updates))), (float)root, (float)_settings.Epsilon);
    }

    private static void Apply(Step step, Span<float> values, ReadOnlySpan<float> gradient, Span<float> first, Span<float> second)
    {
        if (gradient.Length != values.Length || first.Length != values.Length || second.Length != values.Length)
        {
            throw new ArgumentException($"Expected {values.Length} gradients and moments, got {gradient.Length} and {first.Length}.");
        }

        Span<Vector<float>> wideValues = MemoryMarshal.Cast<float, Vector<float>>(values);
        ReadOnlySpan<Vector<float>> wideGradient = MemoryMarshal.Cast<float, Vector<float>>(gradient);
        Span<Vector<float>> wideFirst = MemoryMarshal.Cast<float, Vector<float>>(first);
        Span<Vector<float>> wideSecond = MemoryMarshal.Cast<float, Vector<float>>(second);
        for (int i = 0; i < wideValues.Length; i++)
        {
            Vector<float> g = wideGradient[i] * step.Factor;
            Vector<float> m = wideFirst[i];
            m += (g - m) * step.FirstShare;
            Vector<float> v = (wideSecond[i] * step.Beta2) + (g * g * step.SecondShare);
            Vector<float> denominator = (Vector.SquareRoot(v) / new Vector<float>(step.Root)) + new Vector<float>(step.Epsilon);
            wideValues[i] = (wideValues[i] * step.Decay) - (m * step.Size / denominator);
            wideFirst[i] = m;
            wideSecond[i] = v;
        }

        for (int i = wideValues.Length * Vector<float>.Count; i < values.Length; i++)
        {
            float g = gradient[i] * step.Factor;
            first[i] += (g - first[i]) * step.FirstShare;
            second[i] = (second[i] * step.Beta2) + (g * g * step.SecondShare);
            float denominator = (MathF.Sqrt(second[i]) / step.Root) + step.Epsilon;
            values[i] = (values[i] * step.Decay) - (first[i] * step.Size / denominator);
        }
    }

    private readonly record struct Step(
        float Factor, float Decay, float FirstShare, float Beta2, float SecondShare, float Size, float Root, float Epsilon);
}
