using System.Numerics.Tensors;
using System.Runtime.CompilerServices;

namespace ALoRA.Onnx.Operators.Cpu.Attention;

/// <summary>Weights of a block of keys by their scores, with the largest score so far and the sum of all weights by it.</summary>
/// <typeparam name="TLanes">Width of the instructions.</typeparam>
/// <typeparam name="TVector">Their numbers.</typeparam>
internal abstract unsafe class RunningSoftmax<TLanes, TVector>
    where TLanes : ILanes<TVector>
    where TVector : struct
{
    private const int Block = AttentionJob.Block;
    private const int Lanes = AttentionJob.MostLanes;

    // Below that e^x is 0 beside the largest weight, which is 1.
    private const float Lowest = -87;

    // Added and subtracted again, it leaves a whole number.
    private const float Rounding = 12_582_912;

    private const float InverseLog2 = 1.44269504f;

    // ln 2, in a part that can be multiplied by a whole number exactly, and the rest.
    private const float HighLog2 = 0.693359375f;
    private const float LowLog2 = -2.12194440e-4f;

    /// <summary>Makes weights of scores.</summary>
    /// <param name="scores">The scores of a block, which become weights; those outside of the keys that are seen mean nothing.</param>
    /// <param name="first">The first key that is seen.</param>
    /// <param name="end">The key behind the last one that is seen.</param>
    /// <param name="scale">What the scores are multiplied by, not below 0.</param>
    /// <param name="softCap">Soft cap of the scores; 0 for none.</param>
    /// <param name="largest">Largest score before, and then.</param>
    /// <param name="sums">Sum of all weights before, and then, of each <see cref="AttentionJob.MostLanes"/>th key.</param>
    /// <returns>What the results before are multiplied by.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Weigh(float* scores, int first, int end, float scale, float softCap, float* largest, float* sums)
    {
        int w = TLanes.Count;
        if (softCap > 0)
        {
            Span<float> all = new(scores, Block);
            TensorPrimitives.Multiply(all, scale, all);
            TensorPrimitives.Divide(all, softCap, all);
            TensorPrimitives.Tanh(all, all);
            scale = softCap;
        }

        new Span<float>(scores, first).Fill(float.NegativeInfinity);
        new Span<float>(scores + end, Block - end).Fill(float.NegativeInfinity);
        TVector top = TLanes.Load(scores);
        for (int at = w; at < Block; at += w)
        {
            top = TLanes.Max(top, TLanes.Load(scores + at));
        }

        float* lanes = stackalloc float[Lanes];
        TLanes.Store(top, lanes);
        float even = lanes[0], odd = lanes[1];
        for (int lane = 2; lane < w; lane += 2)
        {
            (even, odd) = (float.MaxNative(even, lanes[lane]), float.MaxNative(odd, lanes[lane + 1]));
        }

        // A score that is no number need not be found here: its weight is none either.
        float before = *largest;
        float now = float.MaxNative(before, float.MaxNative(even, odd) * scale);
        *largest = now;
        float factor = before == now ? 1 : MathF.Exp(before - now);
        TVector shift = TLanes.Create(-now), by = TLanes.Create(scale);
        for (int lane = 0; lane < Lanes; lane += w)
        {
            TVector sum = TLanes.Create(0);
            for (int at = lane; at < Block; at += Lanes)
            {
                // Rounded once: a product that is rounded before would be away by as much as the largest scores are.
                TVector weight = Exp(TLanes.MultiplyAdd(TLanes.Load(scores + at), by, shift));
                TLanes.Store(weight, scores + at);
                sum = TLanes.Add(sum, weight);
            }

            TLanes.Store(TLanes.MultiplyAdd(TLanes.Load(sums + lane), TLanes.Create(factor), sum), sums + lane);
        }

        return factor;
    }

    /// <summary>e^x for x up to 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Exp(TVector x)
    {
        // A number that is none stays so: the second one of the two is taken then.
        x = TLanes.Max(TLanes.Create(Lowest), x);
        TVector rounding = TLanes.Create(Rounding);
        TVector n = TLanes.Add(TLanes.MultiplyAdd(x, TLanes.Create(InverseLog2), rounding), TLanes.Create(-Rounding));
        TVector r = TLanes.MultiplyAdd(n, TLanes.Create(-HighLog2), x);
        r = TLanes.MultiplyAdd(n, TLanes.Create(-LowLog2), r);

        // The series of e^r: what is left out is less than half of the last bit, as r is at most ln 2 / 2.
        TVector sum = TLanes.Create(1f / 5040);
        sum = TLanes.MultiplyAdd(sum, r, TLanes.Create(1f / 720));
        sum = TLanes.MultiplyAdd(sum, r, TLanes.Create(1f / 120));
        sum = TLanes.MultiplyAdd(sum, r, TLanes.Create(1f / 24));
        sum = TLanes.MultiplyAdd(sum, r, TLanes.Create(1f / 6));
        sum = TLanes.MultiplyAdd(sum, r, TLanes.Create(0.5f));
        sum = TLanes.MultiplyAdd(sum, r, TLanes.Create(1));
        sum = TLanes.MultiplyAdd(sum, r, TLanes.Create(1));
        return TLanes.Scale(sum, n);
    }
}
