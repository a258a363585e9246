using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace ALoRA.Onnx.Operators.Cpu;

/// <summary>The two products of a LoRA branch, for one row and for four rows of one adapter, which read each weight once for all four.</summary>
/// <typeparam name="TElement">How A and B are stored.</typeparam>
/// <typeparam name="TLanes">Width of the instructions.</typeparam>
/// <typeparam name="TVector">Their numbers.</typeparam>
internal static unsafe class LoraProducts<TElement, TLanes, TVector>
    where TElement : IElement
    where TLanes : ILanes<TVector>
    where TVector : struct
{
    // A hardware prefetcher stops at the end of a page.
    private const int Ahead = 2048;

    /// <summary>h += A·x of one row.</summary>
    /// <param name="x">The first input.</param>
    /// <param name="a">Weights of the first input, those of the next one behind them.</param>
    /// <param name="rank">Weights of an input.</param>
    /// <param name="inputs">Number of inputs.</param>
    /// <param name="h">The sums.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ShrinkOne(float* x, byte* a, int rank, int inputs, float* h)
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
                Prefetch(p + Ahead, 12 * v);
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
                Prefetch(p + Ahead, 8 * v);
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
                Prefetch(p + Ahead, 4 * v);
                Prefetch(p + step + Ahead, 4 * v);
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
    public static void ShrinkFour(float** x, byte* a, int rank, int inputs, float* h, int stride)
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
                ShrinkRest(x[row], a + ((long)k * TElement.Size), step, rank - k, inputs, h + ((long)row * stride) + k);
            }
        }
    }

    /// <summary>y = from + B·h of one row, for some outputs.</summary>
    /// <param name="h">The row's A·x.</param>
    /// <param name="b">Weights of the first output and rank.</param>
    /// <param name="step">Bytes from one rank's weights to the next one's.</param>
    /// <param name="rank">Number of ranks.</param>
    /// <param name="outputs">Number of outputs.</param>
    /// <param name="from">What B·h is added to.</param>
    /// <param name="y">The result; may be <paramref name="from"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ExpandOne(float* h, byte* b, long step, int rank, int outputs, float* from, float* y)
    {
        int v = TLanes.Count * TElement.Size;
        int k = 0;
        for (; k + 8 <= rank; k += 8, from = y)
        {
            TVector h0 = TLanes.Create(h[k]), h1 = TLanes.Create(h[k + 1]), h2 = TLanes.Create(h[k + 2]), h3 = TLanes.Create(h[k + 3]);
            TVector h4 = TLanes.Create(h[k + 4]), h5 = TLanes.Create(h[k + 5]), h6 = TLanes.Create(h[k + 6]), h7 = TLanes.Create(h[k + 7]);
            byte* p = b + (k * step);
            int c = 0;
            for (; c + (2 * TLanes.Count) <= outputs; c += 2 * TLanes.Count, p += 2 * v)
            {
                byte* q = p + (4 * step);
                TVector s = Add(h0, p, At(from + c, 0)), t = Add(h0, p + v, At(from + c, 1));
                s = Add(h1, p + step, s);
                t = Add(h1, p + step + v, t);
                s = Add(h2, p + (2 * step), s);
                t = Add(h2, p + (2 * step) + v, t);
                s = Add(h3, q - step, s);
                t = Add(h3, q - step + v, t);
                s = Add(h4, q, s);
                t = Add(h4, q + v, t);
                s = Add(h5, q + step, s);
                t = Add(h5, q + step + v, t);
                s = Add(h6, q + (2 * step), s);
                t = Add(h6, q + (2 * step) + v, t);
                byte* z = q + (2 * step);
                s = Add(h7, z + step, s);
                t = Add(h7, z + step + v, t);
                Store(y + c, s, t);
            }

            for (; c + TLanes.Count <= outputs; c += TLanes.Count, p += v)
            {
                byte* q = p + (4 * step);
                TVector s = Add(h0, p, At(from + c, 0));
                s = Add(h1, p + step, s);
                s = Add(h2, p + (2 * step), s);
                s = Add(h3, q - step, s);
                s = Add(h4, q, s);
                s = Add(h5, q + step, s);
                s = Add(h6, q + (2 * step), s);
                TLanes.Store(Add(h7, q + (2 * step) + step, s), y + c);
            }

            for (; c < outputs; c++, p += TElement.Size)
            {
                float sum = from[c];
                for (int m = 0; m < 8; m++)
                {
                    sum += h[k + m] * TElement.One(p + (m * step));
                }

                y[c] = sum;
            }
        }

        for (; k < rank; k++, from = y)
        {
            TVector hk = TLanes.Create(h[k]);
            byte* p = b + (k * step);
            int c = 0;
            for (; c + TLanes.Count <= outputs; c += TLanes.Count, p += v)
            {
                TLanes.Store(Add(hk, p, At(from + c, 0)), y + c);
            }

            for (; c < outputs; c++, p += TElement.Size)
            {
                y[c] = from[c] + (h[k] * TElement.One(p));
            }
        }
    }

    /// <summary>y = from + B·h of four rows, for some outputs.</summary>
    /// <param name="h">A·x of the first row.</param>
    /// <param name="stride">From one row's A·x to the next one's.</param>
    /// <param name="b">Weights of the first output and rank.</param>
    /// <param name="step">Bytes from one rank's weights to the next one's.</param>
    /// <param name="rank">Number of ranks.</param>
    /// <param name="outputs">Number of outputs.</param>
    /// <param name="from">What B·h is added to, of each row.</param>
    /// <param name="y">The results, of each row; may be <paramref name="from"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ExpandFour(float* h, int stride, byte* b, long step, int rank, int outputs, float** from, float** y)
    {
        int v = TLanes.Count * TElement.Size;
        float* h1 = h + stride, h2 = h1 + stride, h3 = h2 + stride;
        float* f0 = from[0], f1 = from[1], f2 = from[2], f3 = from[3];
        float* y0 = y[0], y1 = y[1], y2 = y[2], y3 = y[3];
        int c = 0;
        for (; c + (2 * TLanes.Count) <= outputs; c += 2 * TLanes.Count)
        {
            TVector s0 = At(f0 + c, 0), s1 = At(f0 + c, 1), s2 = At(f1 + c, 0), s3 = At(f1 + c, 1);
            TVector s4 = At(f2 + c, 0), s5 = At(f2 + c, 1), s6 = At(f3 + c, 0), s7 = At(f3 + c, 1);
            byte* p = b + ((long)c * TElement.Size);
            for (int k = 0; k < rank; k++, p += step)
            {
                TVector w0 = Load(p), w1 = Load(p + v);
                TVector z = TLanes.Create(h[k]);
                s0 = TLanes.MultiplyAdd(z, w0, s0);
                s1 = TLanes.MultiplyAdd(z, w1, s1);
                z = TLanes.Create(h1[k]);
                s2 = TLanes.MultiplyAdd(z, w0, s2);
                s3 = TLanes.MultiplyAdd(z, w1, s3);
                z = TLanes.Create(h2[k]);
                s4 = TLanes.MultiplyAdd(z, w0, s4);
                s5 = TLanes.MultiplyAdd(z, w1, s5);
                z = TLanes.Create(h3[k]);
                s6 = TLanes.MultiplyAdd(z, w0, s6);
                s7 = TLanes.MultiplyAdd(z, w1, s7);
            }

            Store(y0 + c, s0, s1);
            Store(y1 + c, s2, s3);
            Store(y2 + c, s4, s5);
            Store(y3 + c, s6, s7);
        }

        if (c < outputs)
        {
            for (int row = 0; row < 4; row++)
            {
                byte* p = b + ((long)c * TElement.Size);
                ExpandOne(h + ((long)row * stride), p, step, rank, outputs - c, from[row] + c, y[row] + c);
            }
        }
    }

    // Sums of the last ranks, which are fewer than two vectors.
    private static void ShrinkRest(float* x, byte* a, long step, int ranks, int inputs, float* h)
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Load(byte* from) => TElement.Load<TLanes, TVector>(from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Add(TVector factor, byte* weights, TVector sum) => TLanes.MultiplyAdd(factor, Load(weights), sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector At(float* from, int vector) => TLanes.Load(from + (vector * TLanes.Count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* to, TVector v0, TVector v1)
    {
        TLanes.Store(v0, to);
        TLanes.Store(v1, to + TLanes.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* to, TVector v0, TVector v1, TVector v2, TVector v3)
    {
        Store(to, v0, v1);
        Store(to + (2 * TLanes.Count), v2, v3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(byte* from, int bytes)
    {
        if (Sse.IsSupported)
        {
            for (int at = 0; at < bytes; at += 64)
            {
                Sse.Prefetch0(from + at);
            }
        }
    }
}
