using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ALoRA.Onnx.Operators.Cpu;

/// <summary>The products in the widest instructions that this processor has and these sizes fill.</summary>
/// <typeparam name="TElement">How A and B are stored.</typeparam>
internal static unsafe class LoraKernels<TElement>
    where TElement : IElement
{
    /// <inheritdoc cref="LoraShrink{TElement, TLanes, TVector}.One"/>
    public static void ShrinkOne(float* x, byte* a, int rank, int inputs, float* h)
    {
        if (Lanes16.IsSupported && rank % Lanes16.Count == 0)
        {
            LoraShrink<TElement, Lanes16, Vector512<float>>.One(x, a, rank, inputs, h);
        }
        else if (Lanes8.IsSupported)
        {
            LoraShrink<TElement, Lanes8, Vector256<float>>.One(x, a, rank, inputs, h);
        }
        else
        {
            LoraShrink<TElement, Lanes4, Vector128<float>>.One(x, a, rank, inputs, h);
        }
    }

    /// <inheritdoc cref="LoraShrink{TElement, TLanes, TVector}.Four"/>
    public static void ShrinkFour(float** x, byte* a, int rank, int inputs, float* h, int stride)
    {
        if (Lanes16.IsSupported && rank % Lanes16.Count == 0)
        {
            LoraShrink<TElement, Lanes16, Vector512<float>>.Four(x, a, rank, inputs, h, stride);
        }
        else if (Lanes8.IsSupported)
        {
            LoraShrink<TElement, Lanes8, Vector256<float>>.Four(x, a, rank, inputs, h, stride);
        }
        else
        {
            LoraShrink<TElement, Lanes4, Vector128<float>>.Four(x, a, rank, inputs, h, stride);
        }
    }

    /// <inheritdoc cref="LoraExpand{TElement, TLanes, TVector}.One"/>
    public static void ExpandOne(float* h, byte* b, long step, int rank, int outputs, float* from, float* y)
    {
        if (Lanes16.IsSupported && outputs % Lanes16.Count == 0)
        {
            LoraExpand<TElement, Lanes16, Vector512<float>>.One(h, b, step, rank, outputs, from, y);
        }
        else if (Lanes8.IsSupported)
        {
            LoraExpand<TElement, Lanes8, Vector256<float>>.One(h, b, step, rank, outputs, from, y);
        }
        else
        {
            LoraExpand<TElement, Lanes4, Vector128<float>>.One(h, b, step, rank, outputs, from, y);
        }
    }

    /// <inheritdoc cref="LoraExpand{TElement, TLanes, TVector}.Four"/>
    public static void ExpandFour(float* h, int stride, byte* b, long step, int rank, int outputs, float** from, float** y)
    {
        if (Lanes16.IsSupported && outputs % Lanes16.Count == 0)
        {
            LoraExpand<TElement, Lanes16, Vector512<float>>.Four(h, stride, b, step, rank, outputs, from, y);
        }
        else if (Lanes8.IsSupported)
        {
            LoraExpand<TElement, Lanes8, Vector256<float>>.Four(h, stride, b, step, rank, outputs, from, y);
        }
        else
        {
            LoraExpand<TElement, Lanes4, Vector128<float>>.Four(h, stride, b, step, rank, outputs, from, y);
        }
    }

    /// <summary>Copies weights as float32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Widen(byte* from, int count, float* to)
    {
        int at = 0;
        if (Lanes8.IsSupported)
        {
            for (; at + Lanes8.Count <= count; at += Lanes8.Count)
            {
                Lanes8.Store(TElement.Load<Lanes8, Vector256<float>>(from + ((long)at * TElement.Size)), to + at);
            }
        }
        else
        {
            for (; at + Lanes4.Count <= count; at += Lanes4.Count)
            {
                Lanes4.Store(TElement.Load<Lanes4, Vector128<float>>(from + ((long)at * TElement.Size)), to + at);
            }
        }

        for (; at < count; at++)
        {
            to[at] = TElement.One(from + ((long)at * TElement.Size));
        }
    }
}
