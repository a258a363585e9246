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
    /// <param name="softCap">Soft cap of the scores; 0 for none.</param>
    /// <param name="largest">Largest score before, and then.</param>
    /// <param name="sums">Sum of all weights before, and then, in each lane.</param>
    /// <returns>What the results before are multiplied by.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Weigh(float* scores, int first, int end, float softCap, float* largest, float* sums)
    {
        int w = TLanes.Count;
        if (softCap > 0)
        {
            Span<float> all = new(scores, Block);
            TensorPrimitives.Divide(all, softCap, all);
            TensorPrimitives.Tanh(all, all);
            TensorPrimitives.Multiply(all, softCap, all);
        }

        new Span<float>(scores, first).Fill(float.NegativeInfinity);
        new Span<float>(scores + end, Block - end).Fill(float.NegativeInfinity);
        TVector top = TLanes.Load(scores);
        for (int at = w; at < Block; at += w)
        {
            top = TLanes.Max(top, TLanes.Load(scores + at));
        }

        float* lanes = stackalloc float[AttentionJob.MostLanes];
        TLanes.Store(top, lanes);
        float before = *largest;
        float now = before;
        for (int lane = 0; lane < w; lane++)
        {
            now = Math.Max(now, lanes[lane]);
        }

        *largest = now;
        float factor = before == now ? 1 : MathF.Exp(before - now);
        TVector shift = TLanes.Create(-now);
        TVector sum = TLanes.Multiply(TLanes.Load(sums), TLanes.Create(factor));
        for (int at = 0; at < Block; at += w)
        {
            TVector weight = Exp(TLanes.Add(TLanes.Load(scores + at), shift));
            TLanes.Store(weight, scores + at);
            sum = TLanes.Add(sum, weight);
        }

        TLanes.Store(sum, sums);
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

    /// <summary>Multiplies numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(float* numbers, int count, float factor)
    {
        TVector by = TLanes.Create(factor);
        int at = 0;
        for (; at + TLanes.Count <= count; at += TLanes.Count)
        {
            TLanes.Store(TLanes.Multiply(TLanes.Load(numbers + at), by), numbers + at);
        }

        for (; at < count; at++)
        {
            numbers[at] *= factor;
        }
    }
}
