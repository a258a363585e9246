using System.Runtime.CompilerServices;

namespace ALoRA.Onnx.Operators.Cpu.Attention;

/// <summary>
/// Scores of a block of keys, and values that are added by them, for one query
/// and for four, which read each key and value once for all four.
/// </summary>
/// <remarks>
/// A score is summed over parts of the head's elements, and these sums in pairs; a block's values are summed over its keys in their order,
/// from 0, and then added to the result. Long sums in one order would be further from the truth than ONNX Runtime's, and answers of an
/// engine than those of a conversation alone. Each query is summed by itself: it has the same bits alone, among four, and in lanes of any
/// width.
/// </remarks>
/// <typeparam name="TLanes">Width of the instructions.</typeparam>
/// <typeparam name="TVector">Their numbers.</typeparam>
internal abstract unsafe class AttentionProducts<TLanes, TVector>
    where TLanes : ILanes<TVector>
    where TVector : struct
{
    private const int Block = AttentionJob.Block;
    private const int Part = AttentionJob.Part;

    /// <summary>Scores of one query.</summary>
    /// <param name="query">Its elements.</param>
    /// <param name="keys">The block, [size, <see cref="AttentionJob.Block"/>].</param>
    /// <param name="size">Elements of a head.</param>
    /// <param name="sums">Memory for <see cref="AttentionJob.SumsOfScores"/> numbers.</param>
    /// <param name="scores">Receives a score for each key.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ScoreOne(float* query, float* keys, int size, float* sums, float* scores)
    {
        int w = TLanes.Count;
        for (int at = 0; at < Block; at += 4 * w)
        {
            float* k = keys + at;
            for (int i = 0, part = 0; i < size; part++)
            {
                int end = Math.Min(i + Part, size);
                TVector s0 = TLanes.Create(0), s1 = s0, s2 = s0, s3 = s0;
                for (; i < end; i++, k += Block)
                {
                    TVector q = TLanes.Create(query[i]);
                    s0 = TLanes.MultiplyAdd(q, TLanes.Load(k), s0);
                    s1 = TLanes.MultiplyAdd(q, TLanes.Load(k + w), s1);
                    s2 = TLanes.MultiplyAdd(q, TLanes.Load(k + (2 * w)), s2);
                    s3 = TLanes.MultiplyAdd(q, TLanes.Load(k + (3 * w)), s3);
                }

                float* level = sums;
                for (int before = part; IsDue(before, i == size); before >>= 1, level += 4 * w)
                {
                    if ((before & 1) != 0)
                    {
                        (s0, s1) = (TLanes.Add(TLanes.Load(level), s0), TLanes.Add(TLanes.Load(level + w), s1));
                        (s2, s3) = (TLanes.Add(TLanes.Load(level + (2 * w)), s2), TLanes.Add(TLanes.Load(level + (3 * w)), s3));
                    }
                }

                float* to = i == size ? scores + at : level;
                Store(to, s0, s1);
                Store(to + (2 * w), s2, s3);
            }
        }
    }

    /// <summary>Scores of four queries.</summary>
    /// <param name="queries">Elements of each.</param>
    /// <param name="keys">The block, [size, <see cref="AttentionJob.Block"/>].</param>
    /// <param name="size">Elements of a head.</param>
    /// <param name="sums">Memory for <see cref="AttentionJob.SumsOfScores"/> numbers.</param>
    /// <param name="scores">Receives a score for each query and key.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ScoreFour(float** queries, float* keys, int size, float* sums, float* scores)
    {
        int w = TLanes.Count;
        float* q0 = queries[0], q1 = queries[1], q2 = queries[2], q3 = queries[3];
        for (int at = 0; at < Block; at += 2 * w)
        {
            float* k = keys + at;
            for (int i = 0, part = 0; i < size; part++)
            {
                int end = Math.Min(i + Part, size);
                TVector s0 = TLanes.Create(0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
                for (; i < end; i++, k += Block)
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

                float* level = sums;
                for (int before = part; IsDue(before, i == size); before >>= 1, level += 8 * w)
                {
                    if ((before & 1) != 0)
                    {
                        (s0, s1) = (TLanes.Add(TLanes.Load(level), s0), TLanes.Add(TLanes.Load(level + w), s1));
                        (s2, s3) = (TLanes.Add(TLanes.Load(level + (2 * w)), s2), TLanes.Add(TLanes.Load(level + (3 * w)), s3));
                        (s4, s5) = (TLanes.Add(TLanes.Load(level + (4 * w)), s4), TLanes.Add(TLanes.Load(level + (5 * w)), s5));
                        (s6, s7) = (TLanes.Add(TLanes.Load(level + (6 * w)), s6), TLanes.Add(TLanes.Load(level + (7 * w)), s7));
                    }
                }

                float* to = i == size ? scores + at : level;
                int step = i == size ? Block : 2 * w;
                Store(to, s0, s1);
                Store(to + step, s2, s3);
                Store(to + (2 * step), s4, s5);
                Store(to + (3 * step), s6, s7);
            }
        }
    }

    /// <summary>Adds values of some keys to the result of one query.</summary>
    /// <param name="weights">A weight for each key.</param>
    /// <param name="values">The first key's values.</param>
    /// <param name="count">Number of keys.</param>
    /// <param name="size">Elements of a head.</param>
    /// <param name="sums">The sums, which may go on and be gone on with.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddOne(float* weights, float* values, int count, int size, in ValueSums sums)
    {
        int w = TLanes.Count;
        int at = 0;
        for (; at + (4 * w) <= size; at += 4 * w)
        {
            float* v = values + at;
            TVector s0 = Start(sums, 0, at), s1 = Start(sums, 0, at + w);
            TVector s2 = Start(sums, 0, at + (2 * w)), s3 = Start(sums, 0, at + (3 * w));
            for (int k = 0; k < count; k++, v += size)
            {
                TVector p = TLanes.Create(weights[k]);
                s0 = TLanes.MultiplyAdd(p, TLanes.Load(v), s0);
                s1 = TLanes.MultiplyAdd(p, TLanes.Load(v + w), s1);
                s2 = TLanes.MultiplyAdd(p, TLanes.Load(v + (2 * w)), s2);
                s3 = TLanes.MultiplyAdd(p, TLanes.Load(v + (3 * w)), s3);
            }

            End(sums, 0, at, s0);
            End(sums, 0, at + w, s1);
            End(sums, 0, at + (2 * w), s2);
            End(sums, 0, at + (3 * w), s3);
        }

        for (; at + w <= size; at += w)
        {
            float* v = values + at;
            TVector s = Start(sums, 0, at);
            for (int k = 0; k < count; k++, v += size)
            {
                s = TLanes.MultiplyAdd(TLanes.Create(weights[k]), TLanes.Load(v), s);
            }

            End(sums, 0, at, s);
        }

        for (; at < size; at++)
        {
            AddElement(weights, values + at, count, size, sums, 0, at);
        }
    }

    /// <summary>Adds values of some keys to the results of four queries.</summary>
    /// <param name="weights">A weight for each key, of each query <see cref="AttentionJob.Block"/> further on.</param>
    /// <param name="values">The first key's values.</param>
    /// <param name="count">Number of keys.</param>
    /// <param name="size">Elements of a head.</param>
    /// <param name="sums">The sums, which may go on and be gone on with.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddFour(float* weights, float* values, int count, int size, in ValueSums sums)
    {
        int w = TLanes.Count;
        int at = 0;
        for (; at + (2 * w) <= size; at += 2 * w)
        {
            float* v = values + at;
            float* p = weights;
            TVector s0 = Start(sums, 0, at), s1 = Start(sums, 0, at + w), s2 = Start(sums, 1, at), s3 = Start(sums, 1, at + w);
            TVector s4 = Start(sums, 2, at), s5 = Start(sums, 2, at + w), s6 = Start(sums, 3, at), s7 = Start(sums, 3, at + w);
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

            End(sums, 0, at, s0);
            End(sums, 0, at + w, s1);
            End(sums, 1, at, s2);
            End(sums, 1, at + w, s3);
            End(sums, 2, at, s4);
            End(sums, 2, at + w, s5);
            End(sums, 3, at, s6);
            End(sums, 3, at + w, s7);
        }

        for (; at + w <= size; at += w)
        {
            float* v = values + at;
            float* p = weights;
            TVector s0 = Start(sums, 0, at), s1 = Start(sums, 1, at), s2 = Start(sums, 2, at), s3 = Start(sums, 3, at);
            for (int k = 0; k < count; k++, v += size, p++)
            {
                TVector v0 = TLanes.Load(v);
                s0 = TLanes.MultiplyAdd(TLanes.Create(p[0]), v0, s0);
                s1 = TLanes.MultiplyAdd(TLanes.Create(p[Block]), v0, s1);
                s2 = TLanes.MultiplyAdd(TLanes.Create(p[2 * Block]), v0, s2);
                s3 = TLanes.MultiplyAdd(TLanes.Create(p[3 * Block]), v0, s3);
            }

            End(sums, 0, at, s0);
            End(sums, 1, at, s1);
            End(sums, 2, at, s2);
            End(sums, 3, at, s3);
        }

        for (; at < size; at++)
        {
            for (int i = 0; i < 4; i++)
            {
                AddElement(weights + (i * Block), values + at, count, size, sums, i, at);
            }
        }
    }

    private static void AddElement(float* weights, float* values, int count, int size, in ValueSums sums, int query, int at)
    {
        float s = sums.GoesOn ? sums.Part[(query * sums.Size) + at] : 0;
        for (int k = 0; k < count; k++)
        {
            s = MathF.FusedMultiplyAdd(weights[k], values[(long)k * size], s);
        }

        if (sums.Factors is null)
        {
            sums.Part[(query * sums.Size) + at] = s;
        }
        else
        {
            sums.Results[query][at] = MathF.FusedMultiplyAdd(sums.Results[query][at], sums.Factors[query], s);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Start(in ValueSums sums, int query, int at) =>
        sums.GoesOn ? TLanes.Load(sums.Part + ((query * sums.Size) + at)) : TLanes.Create(0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void End(in ValueSums sums, int query, int at, TVector value)
    {
        if (sums.Factors is null)
        {
            TLanes.Store(value, sums.Part + ((query * sums.Size) + at));
        }
        else
        {
            float* y = sums.Results[query] + at;
            TLanes.Store(TLanes.MultiplyAdd(TLanes.Load(y), TLanes.Create(sums.Factors[query]), value), y);
        }
    }

    // Whether sums of parts before are still to be added: after some parts, one of as many parts as each bit of their number says waits
    // on its level; the next part takes those that are as large as what it has become, the last one all.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsDue(int before, bool isLast) => isLast ? before != 0 : (before & 1) != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* to, TVector v0, TVector v1)
    {
        TLanes.Store(v0, to);
        TLanes.Store(v1, to + TLanes.Count);
    }
}
