using System.Runtime.CompilerServices;

namespace ALoRA.Onnx.Operators.Cpu;

/// <summary>B·h, for one row and for four rows of one adapter, which read each weight once for all four.</summary>
/// <typeparam name="TElement">How A and B are stored.</typeparam>
/// <typeparam name="TLanes">Width of the instructions.</typeparam>
/// <typeparam name="TVector">Their numbers.</typeparam>
internal abstract unsafe class LoraExpand<TElement, TLanes, TVector> : LoraProduct<TElement, TLanes, TVector>
    where TElement : IElement
    where TLanes : ILanes<TVector>
    where TVector : struct
{
    /// <summary>y = from + B·h of one row, for some outputs.</summary>
    /// <param name="h">The row's A·x.</param>
    /// <param name="b">Weights of the first output and rank.</param>
    /// <param name="step">Bytes from one rank's weights to the next one's.</param>
    /// <param name="rank">Number of ranks.</param>
    /// <param name="outputs">Number of outputs.</param>
    /// <param name="from">What B·h is added to.</param>
    /// <param name="y">The result; may be <paramref name="from"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void One(float* h, byte* b, long step, int rank, int outputs, float* from, float* y)
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
    public static void Four(float* h, int stride, byte* b, long step, int rank, int outputs, float** from, float** y)
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
                One(h + ((long)row * stride), p, step, rank, outputs - c, from[row] + c, y[row] + c);
            }
        }
    }
}
