using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace ALoRA.Onnx.Operators.Cpu;

/// <summary>A·x, for one row and for four rows of one adapter, which read each weight once for all four.</summary>
/// <typeparam name="TElement">How A and B are stored.</typeparam>
/// <typeparam name="TLanes">Width of the instructions.</typeparam>
/// <typeparam name="TVector">Their numbers.</typeparam>
internal abstract unsafe class LoraShrink<TElement, TLanes, TVector> : LoraProduct<TElement, TLanes, TVector>
    where TElement : IElement
    where TLanes : ILanes<TVector>
    where TVector : struct
{
    private const int Ahead = 2048;
    private const int Line = 64;

    /// <summary>h += A·x of one row.</summary>
    /// <param name="x">The first input.</param>
    /// <param name="a">Weights of the first input, those of the next one behind them.</param>
    /// <param name="rank">Weights of an input.</param>
    /// <param name="inputs">Number of inputs.</param>
    /// <param name="h">The sums.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void One(float* x, byte* a, int rank, int inputs, float* h)
    {
        int v = TLanes.Count * TElement.Size;
        long step = (long)rank * TElement.Size;
        int k = 0;
        for (; k + (12 * TLanes.Count) <= rank; k += 12 * TLanes.Count)
        {
            float* o = h + k;
            TVector s0 = At(o, 0), s1 = At(o, 1), s2 = At(o, 2), s3 = At(o, 3), s4 = At(o, 4), s5 = At(o, 5);
            TVector s6 = At(o, 6), s7 = At(o, 7), s8 = At(o, 8), s9 = At(o, 9), s10 = At(o, 10), s11 = At(o, 11);
            byte* p = a + ((long)k * TElement.Size);
            for (int i = 0; i < inputs; i++, p += step)
            {
                Prefetch(p, 12 * v);
                TVector xi = TLanes.Create(x[i]);
                s0 = Add(xi, p, s0);
                s1 = Add(xi, p + v, s1);
                s2 = Add(xi, p + (2 * v), s2);
                s3 = Add(xi, p + (3 * v), s3);
                s4 = Add(xi, p + (4 * v), s4);
                s5 = Add(xi, p + (5 * v), s5);
                s6 = Add(xi, p + (6 * v), s6);
                s7 = Add(xi, p + (7 * v), s7);
                s8 = Add(xi, p + (8 * v), s8);
                s9 = Add(xi, p + (9 * v), s9);
                s10 = Add(xi, p + (10 * v), s10);
                s11 = Add(xi, p + (11 * v), s11);
            }

            Store(o, s0, s1, s2, s3);
            Store(o + (4 * TLanes.Count), s4, s5, s6, s7);
            Store(o + (8 * TLanes.Count), s8, s9, s10, s11);
        }

        for (; k + (8 * TLanes.Count) <= rank; k += 8 * TLanes.Count)
        {
            float* o = h + k;
            TVector s0 = At(o, 0), s1 = At(o, 1), s2 = At(o, 2), s3 = At(o, 3);
            TVector s4 = At(o, 4), s5 = At(o, 5), s6 = At(o, 6), s7 = At(o, 7);
            byte* p = a + ((long)k * TElement.Size);
            for (int i = 0; i < inputs; i++, p += step)
            {
                Prefetch(p, 8 * v);
                TVector xi = TLanes.Create(x[i]);
                s0 = Add(xi, p, s0);
                s1 = Add(xi, p + v, s1);
                s2 = Add(xi, p + (2 * v), s2);
                s3 = Add(xi, p + (3 * v), s3);
                s4 = Add(xi, p + (4 * v), s4);
                s5 = Add(xi, p + (5 * v), s5);
                s6 = Add(xi, p + (6 * v), s6);
                s7 = Add(xi, p + (7 * v), s7);
            }

            Store(o, s0, s1, s2, s3);
            Store(o + (4 * TLanes.Count), s4, s5, s6, s7);
        }

        // Fewer sums than an addition takes cycles: several inputs at once, each with sums of its own.
        for (; k + (4 * TLanes.Count) <= rank; k += 4 * TLanes.Count)
        {
            float* o = h + k;
            TVector s0 = At(o, 0), s1 = At(o, 1), s2 = At(o, 2), s3 = At(o, 3);
            TVector s4 = TLanes.Create(0), s5 = s4, s6 = s4, s7 = s4;
            byte* p = a + ((long)k * TElement.Size);
            int i = 0;
            for (; i + 2 <= inputs; i += 2, p += 2 * step)
            {
                Prefetch(p, 4 * v);
                Prefetch(p + step, 4 * v);
                TVector xi = TLanes.Create(x[i]), xj = TLanes.Create(x[i + 1]);
                s0 = Add(xi, p, s0);
                s1 = Add(xi, p + v, s1);
                s2 = Add(xi, p + (2 * v), s2);
                s3 = Add(xi, p + (3 * v), s3);
                byte* q = p + step;
                s4 = Add(xj, q, s4);
                s5 = Add(xj, q + v, s5);
                s6 = Add(xj, q + (2 * v), s6);
                s7 = Add(xj, q + (3 * v), s7);
            }

            if (i < inputs)
            {
                TVector xi = TLanes.Create(x[i]);
                s0 = Add(xi, p, s0);
                s1 = Add(xi, p + v, s1);
                s2 = Add(xi, p + (2 * v), s2);
                s3 = Add(xi, p + (3 * v), s3);
            }

            Store(o, TLanes.Add(s0, s4), TLanes.Add(s1, s5), TLanes.Add(s2, s6), TLanes.Add(s3, s7));
        }

        for (; k + TLanes.Count <= rank; k += TLanes.Count)
        {
            TVector s0 = At(h + k, 0), s1 = TLanes.Create(0), s2 = s1, s3 = s1;
            byte* p = a + ((long)k * TElement.Size);
            int i = 0;
            for (; i + 4 <= inputs; i += 4, p += 4 * step)
            {
                s0 = Add(TLanes.Create(x[i]), p, s0);
                s1 = Add(TLanes.Create(x[i + 1]), p + step, s1);
                s2 = Add(TLanes.Create(x[i + 2]), p + (2 * step), s2);
                s3 = Add(TLanes.Create(x[i + 3]), p + (3 * step), s3);
            }

            for (; i < inputs; i++, p += step)
            {
                s0 = Add(TLanes.Create(x[i]), p, s0);
            }

            TLanes.Store(TLanes.Add(TLanes.Add(s0, s1), TLanes.Add(s2, s3)), h + k);
        }

        for (; k < rank; k++)
        {
            float sum = h[k];
            byte* p = a + ((long)k * TElement.Size);
            for (int i = 0; i < inputs; i++, p += step)
            {
                sum += x[i] * TElement.One(p);
            }

            h[k] = sum;
        }
    }

    /// <summary>h += A·x of four rows.</summary>
    /// <param name="x">The first input of each row.</param>
    /// <param name="a">Weights of the first input, those of the next one behind them.</param>
    /// <param name="rank">Weights of an input.</param>
    /// <param name="inputs">Number of inputs.</param>
    /// <param name="h">The sums of the first row.</param>
    /// <param name="stride">From one row's sums to the next one's.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Four(float** x, byte* a, int rank, int inputs, float* h, int stride)
    {
        int v = TLanes.Count * TElement.Size;
        long step = (long)rank * TElement.Size;
        float* x0 = x[0], x1 = x[1], x2 = x[2], x3 = x[3];
        int k = 0;
        for (; k + (2 * TLanes.Count) <= rank; k += 2 * TLanes.Count)
        {
            float* o0 = h + k, o1 = o0 + stride, o2 = o1 + stride, o3 = o2 + stride;
            TVector s0 = At(o0, 0), s1 = At(o0, 1), s2 = At(o1, 0), s3 = At(o1, 1);
            TVector s4 = At(o2, 0), s5 = At(o2, 1), s6 = At(o3, 0), s7 = At(o3, 1);
            byte* p = a + ((long)k * TElement.Size);
            for (int i = 0; i < inputs; i++, p += step)
            {
                TVector w0 = Load(p), w1 = Load(p + v);
                TVector y = TLanes.Create(x0[i]);
                s0 = TLanes.MultiplyAdd(y, w0, s0);
                s1 = TLanes.MultiplyAdd(y, w1, s1);
                y = TLanes.Create(x1[i]);
                s2 = TLanes.MultiplyAdd(y, w0, s2);
                s3 = TLanes.MultiplyAdd(y, w1, s3);
                y = TLanes.Create(x2[i]);
                s4 = TLanes.MultiplyAdd(y, w0, s4);
                s5 = TLanes.MultiplyAdd(y, w1, s5);
                y = TLanes.Create(x3[i]);
                s6 = TLanes.MultiplyAdd(y, w0, s6);
                s7 = TLanes.MultiplyAdd(y, w1, s7);
            }

            Store(o0, s0, s1);
            Store(o1, s2, s3);
            Store(o2, s4, s5);
            Store(o3, s6, s7);
        }

        if (k < rank)
        {
            // What is left of a rank that is no multiple of two vectors.
            for (int row = 0; row < 4; row++)
            {
                Rest(x[row], a + ((long)k * TElement.Size), step, rank - k, inputs, h + ((long)row * stride) + k);
            }
        }
    }

    // Sums of the last ranks, which are fewer than two vectors.
    private static void Rest(float* x, byte* a, long step, int ranks, int inputs, float* h)
    {
        int k = 0;
        if (ranks >= TLanes.Count)
        {
            TVector sum = At(h, 0);
            byte* p = a;
            for (int i = 0; i < inputs; i++, p += step)
            {
                sum = Add(TLanes.Create(x[i]), p, sum);
            }

            TLanes.Store(sum, h);
            k = TLanes.Count;
        }

        for (; k < ranks; k++)
        {
            float sum = h[k];
            byte* p = a + ((long)k * TElement.Size);
            for (int i = 0; i < inputs; i++, p += step)
            {
                sum += x[i] * TElement.One(p);
            }

            h[k] = sum;
        }
    }

    // A hardware prefetcher stops at the end of a page, and after some 40 inputs there is another one.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(byte* from, int bytes)
    {
        if (!Sse.IsSupported)
        {
            return;
        }

        from += Ahead;
        Sse.Prefetch0(from);
        PrefetchLine(from, bytes, 1);
        PrefetchLine(from, bytes, 2);
        PrefetchLine(from, bytes, 3);
        PrefetchLine(from, bytes, 4);
        PrefetchLine(from, bytes, 5);
        PrefetchLine(from, bytes, 6);
        PrefetchLine(from, bytes, 7);
        PrefetchLine(from, bytes, 8);
        PrefetchLine(from, bytes, 9);
        PrefetchLine(from, bytes, 10);
        PrefetchLine(from, bytes, 11);
    }

    // A loop of these would stay a loop; as bytes is a constant where this is inlined, the comparison is gone.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PrefetchLine(byte* from, int bytes, int line)
    {
        if (line * Line < bytes)
        {
            Sse.Prefetch0(from + (line * Line));
        }
    }
}
