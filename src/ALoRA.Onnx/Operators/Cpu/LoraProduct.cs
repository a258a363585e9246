using System.Runtime.CompilerServices;

namespace ALoRA.Onnx.Operators.Cpu;

/// <summary>What both products of a LoRA branch are written in.</summary>
/// <typeparam name="TElement">How A and B are stored.</typeparam>
/// <typeparam name="TLanes">Width of the instructions.</typeparam>
/// <typeparam name="TVector">Their numbers.</typeparam>
internal abstract unsafe class LoraProduct<TElement, TLanes, TVector>
    where TElement : IElement
    where TLanes : ILanes<TVector>
    where TVector : struct
{
    /// <summary>Reads weights.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected static TVector Load(byte* from) => TElement.Load<TLanes, TVector>(from);

    /// <summary>factor · weights + sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected static TVector Add(TVector factor, byte* weights, TVector sum) => TLanes.MultiplyAdd(factor, Load(weights), sum);

    /// <summary>Reads the numbers at a place, counted in vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected static TVector At(float* from, int vector) => TLanes.Load(from + (vector * TLanes.Count));

    /// <summary>Writes two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected static void Store(float* to, TVector v0, TVector v1)
    {
        TLanes.Store(v0, to);
        TLanes.Store(v1, to + TLanes.Count);
    }

    /// <summary>Writes four.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected static void Store(float* to, TVector v0, TVector v1, TVector v2, TVector v3)
    {
        Store(to, v0, v1);
        Store(to + (2 * TLanes.Count), v2, v3);
    }
}
