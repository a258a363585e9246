using System.Runtime.CompilerServices;

namespace ALoRA.Onnx.Operators.Cpu.Attention;

/// <summary>Rotates the first elements of heads in halves: each of the first half with that of the second.</summary>
/// <typeparam name="TLanes">Width of the instructions.</typeparam>
/// <typeparam name="TVector">Their numbers.</typeparam>
internal abstract unsafe class HeadRotation<TLanes, TVector>
    where TLanes : ILanes<TVector>
    where TVector : struct
{
    /// <summary>Copies a head, rotated and multiplied.</summary>
    /// <param name="from">The head.</param>
    /// <param name="size">Its elements.</param>
    /// <param name="cosines">A cosine for each pair.</param>
    /// <param name="sines">A sine for each pair.</param>
    /// <param name="half">Pairs that are rotated; 0 for none.</param>
    /// <param name="scale">What all elements are multiplied by then.</param>
    /// <param name="to">The result, elsewhere.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Copy(float* from, int size, float* cosines, float* sines, int half, float scale, float* to)
    {
        TVector by = TLanes.Create(scale);
        TVector minus = TLanes.Create(-1);
        int at = 0;
        for (; at + TLanes.Count <= half; at += TLanes.Count)
        {
            TVector a = TLanes.Load(from + at), b = TLanes.Load(from + half + at);
            TVector cosine = TLanes.Load(cosines + at), sine = TLanes.Load(sines + at);
            TVector first = TLanes.Add(TLanes.Multiply(a, cosine), TLanes.Multiply(TLanes.Multiply(b, sine), minus));
            TVector second = TLanes.Add(TLanes.Multiply(b, cosine), TLanes.Multiply(a, sine));
            TLanes.Store(TLanes.Multiply(first, by), to + at);
            TLanes.Store(TLanes.Multiply(second, by), to + half + at);
        }

        for (; at < half; at++)
        {
            float a = from[at], b = from[half + at];
            to[at] = ((a * cosines[at]) - (b * sines[at])) * scale;
            to[half + at] = ((b * cosines[at]) + (a * sines[at])) * scale;
        }

        for (at = 2 * half; at < size; at++)
        {
            to[at] = from[at] * scale;
        }
    }
}
