using System.Runtime.CompilerServices;

namespace ALoRA.Onnx.Operators.Cpu.Attention;

/// <summary>
/// Scores of a block of keys, and values that are added by them, for one query
/// and for four, which read each key and value once for all four.
/// </summary>
/// <remarks>
/// A score is summed over the head's elements in their order, a result over the keys in their order, each by itself: so one query has the
/// same bits alone, among four, and in lanes of any width.
/// </remarks>
/// <typeparam name="TLanes">Width of the instructions.</typeparam>
/// <typeparam name="TVector">Their numbers.</typeparam>
internal abstract unsafe class AttentionProducts<TLanes, TVector>
    where TLanes : ILanes<TVector>
    where TVector : struct
{
    private const int Block = AttentionJob.Block;

    /// <summary>Scores of one query.</summary>
    /// <param name="query">Its elements.</param>
    /// <param name="keys">The block, [size, <see cref="AttentionJob.Block"/>].</param>
    /// <param name="size">Elements of a head.</param>
    /// <param name="scores">Receives a score for each key.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ScoreOne(float* query, float* keys, int size, float* scores)
    {
        int w = TLanes.Count;
        for (int at = 0; at < Block; at += 4 * w)
        {
            float* k = keys + at;
            TVector s0 = TLanes.Create(0), s1 = s0, s2 = s0, s3 = s0;
            for (int i = 0; i < size; i++, k += Block)
            {
                TVector q = TLanes.Create(query[i]);
                s0 = TLanes.MultiplyAdd(q, TLanes.Load(k), s0);
                s1 = TLanes.MultiplyAdd(q, TLanes.Load(k + w), s1);
                s2 = TLanes.MultiplyAdd(q, TLanes.Load(k + (2 * w)), s2);
                s3 = TLanes.MultiplyAdd(q, TLanes.Load(k + (3 * w)), s3);
            }

            Store(scores + at, s0, s1);
            Store(scores + at + (2 * w), s2, s3);
        }
    }

    /// <summary>Scores of four queries.</summary>
    /// <param name="queries">Elements of each.</param>
    /// <param name="keys">The block, [size, <see cref="AttentionJob.Block"/>].</param>
    /// <param name="size">Elements of a head.</param>
    /// <param name="scores">Receives a score for each query and key.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ScoreFour(float** queries, float* keys, int size, float* scores)
    {
        int w = TLanes.Count;
        float* q0 = queries[0], q1 = queries[1], q2 = queries[2], q3 = queries[3];
        for (int at = 0; at < Block; at += 2 * w)
        {
            float* k = keys + at;
            TVector s0 = TLanes.Create(0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
            for (int i = 0; i < size; i++, k += Block)
            {
                TVector k0 = TLanes.Load(k), k1 = TLanes.Load(k + w);
                TVector q = TLanes.Create(q0[i]);
                s0 = TLanes.MultiplyAdd(q, k0, s0);
                s1 = TLanes.MultiplyAdd(q, k1, s1);
                q = TLanes.Create(q1[i]);
                s2 = TLanes.MultiplyAdd(q, k0, s2);
                s3 = TLanes.MultiplyAdd(q, k1, s3);
                q = TLanes.Create(q2[i]);
                s4 = TLanes.MultiplyAdd(q, k0, s4);
                s5 = TLanes.MultiplyAdd(q, k1, s5);
                q = TLanes.Create(q3[i]);
                s6 = TLanes.MultiplyAdd(q, k0, s6);
                s7 = TLanes.MultiplyAdd(q, k1, s7);
            }

            Store(scores + at, s0, s1);
            Store(scores + Block + at, s2, s3);
            Store(scores + (2 * Block) + at, s4, s5);
            Store(scores + (3 * Block) + at, s6, s7);
        }
    }

    /// <summary>Adds values of some keys to the result of one query.</summary>
    /// <param name="weights">A weight for each key.</param>
    /// <param name="values">The first key's values.</param>
    /// <param name="count">Number of keys.</param>
    /// <param name="size">Elements of a head.</param>
    /// <param name="y">The result so far.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddOne(float* weights, float* values, int count, int size, float* y)
    {
        int w = TLanes.Count;
        int at = 0;
        for (; at + (4 * w) <= size; at += 4 * w)
        {
            float* v = values + at;
            float* to = y + at;
            TVector s0 = TLanes.Load(to), s1 = TLanes.Load(to + w), s2 = TLanes.Load(to + (2 * w)), s3 = TLanes.Load(to + (3 * w));
            for (int k = 0; k < count; k++, v += size)
            {
                TVector p = TLanes.Create(weights[k]);
                s0 = TLanes.MultiplyAdd(p, TLanes.Load(v), s0);
                s1 = TLanes.MultiplyAdd(p, TLanes.Load(v + w), s1);
                s2 = TLanes.MultiplyAdd(p, TLanes.Load(v + (2 * w)), s2);
                s3 = TLanes.MultiplyAdd(p, TLanes.Load(v + (3 * w)), s3);
            }

            Store(to, s0, s1);
            Store(to + (2 * w), s2, s3);
        }

        for (; at + w <= size; at += w)
        {
            float* v = values + at;
            TVector s = TLanes.Load(y + at);
            for (int k = 0; k < count; k++, v += size)
            {
                s = TLanes.MultiplyAdd(TLanes.Create(weights[k]), TLanes.Load(v), s);
            }

            TLanes.Store(s, y + at);
        }

        for (; at < size; at++)
        {
            float s = y[at];
            for (int k = 0; k < count; k++)
            {
                s = MathF.FusedMultiplyAdd(weights[k], values[((long)k * size) + at], s);
            }

            y[at] = s;
        }
    }

    /// <summary>Adds values of some keys to the results of four queries.</summary>
    /// <param name="weights">A weight for each key, of each query <see cref="AttentionJob.Block"/> further on.</param>
    /// <param name="values">The first key's values.</param>
    /// <param name="count">Number of keys.</param>
    /// <param name="size">Elements of a head.</param>
    /// <param name="y">The results so far.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddFour(float* weights, float* values, int count, int size, float** y)
    {
        int w = TLanes.Count;
        float* y0 = y[0], y1 = y[1], y2 = y[2], y3 = y[3];
        int at = 0;
        for (; at + (2 * w) <= size; at += 2 * w)
        {
            float* v = values + at;
            float* p = weights;
            TVector s0 = TLanes.Load(y0 + at), s1 = TLanes.Load(y0 + at + w), s2 = TLanes.Load(y1 + at), s3 = TLanes.Load(y1 + at + w);
            TVector s4 = TLanes.Load(y2 + at), s5 = TLanes.Load(y2 + at + w), s6 = TLanes.Load(y3 + at), s7 = TLanes.Load(y3 + at + w);
            for (int k = 0; k < count; k++, v += size, p++)
            {
                TVector v0 = TLanes.Load(v), v1 = TLanes.Load(v + w);
                TVector z = TLanes.Create(p[0]);
                s0 = TLanes.MultiplyAdd(z, v0, s0);
                s1 = TLanes.MultiplyAdd(z, v1, s1);
                z = TLanes.Create(p[Block]);
                s2 = TLanes.MultiplyAdd(z, v0, s2);
                s3 = TLanes.MultiplyAdd(z, v1, s3);
                z = TLanes.Create(p[2 * Block]);
                s4 = TLanes.MultiplyAdd(z, v0, s4);
                s5 = TLanes.MultiplyAdd(z, v1, s5);
                z = TLanes.Create(p[3 * Block]);
                s6 = TLanes.MultiplyAdd(z, v0, s6);
                s7 = TLanes.MultiplyAdd(z, v1, s7);
            }

            Store(y0 + at, s0, s1);
            Store(y1 + at, s2, s3);
            Store(y2 + at, s4, s5);
            Store(y3 + at, s6, s7);
        }

        for (; at + w <= size; at += w)
        {
            float* v = values + at;
            float* p = weights;
            TVector s0 = TLanes.Load(y0 + at), s1 = TLanes.Load(y1 + at), s2 = TLanes.Load(y2 + at), s3 = TLanes.Load(y3 + at);
            for (int k = 0; k < count; k++, v += size, p++)
            {
                TVector v0 = TLanes.Load(v);
                s0 = TLanes.MultiplyAdd(TLanes.Create(p[0]), v0, s0);
                s1 = TLanes.MultiplyAdd(TLanes.Create(p[Block]), v0, s1);
                s2 = TLanes.MultiplyAdd(TLanes.Create(p[2 * Block]), v0, s2);
                s3 = TLanes.MultiplyAdd(TLanes.Create(p[3 * Block]), v0, s3);
            }

            TLanes.Store(s0, y0 + at);
            TLanes.Store(s1, y1 + at);
            TLanes.Store(s2, y2 + at);
            TLanes.Store(s3, y3 + at);
        }

        for (; at < size; at++)
        {
            for (int i = 0; i < 4; i++)
            {
                float s = y[i][at];
                for (int k = 0; k < count; k++)
                {
                    s = MathF.FusedMultiplyAdd(weights[(i * Block) + k], values[((long)k * size) + at], s);
                }

                y[i][at] = s;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* to, TVector v0, TVector v1)
    {
        TLanes.Store(v0, to);
        TLanes.Store(v1, to + TLanes.Count);
    }
}
