using System.Runtime.CompilerServices;

namespace ALoRA.Onnx.Operators.Cpu;

/// <summary>How A and B are stored; arithmetic is float32.</summary>
internal unsafe interface IElement
{
    /// <summary>Bytes of one.</summary>
    static abstract int Size { get; }

    /// <summary>Reads as many as there are lanes.</summary>
    static abstract TVector Load<TLanes, TVector>(byte* from)
        where TLanes : ILanes<TVector>
        where TVector : struct;

    /// <summary>Reads one.</summary>
    static abstract float One(byte* from);
}

/// <summary>float32.</summary>
internal readonly unsafe struct SingleElement : IElement
{
    /// <inheritdoc/>
    public static int Size => sizeof(float);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load<TLanes, TVector>(byte* from)
        where TLanes : ILanes<TVector>
        where TVector : struct => TLanes.Load((float*)from);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float One(byte* from) => *(float*)from;
}

/// <summary>bfloat16: the upper half of a float32.</summary>
internal readonly unsafe struct BrainElement : IElement
{
    /// <inheritdoc/>
    public static int Size => sizeof(ushort);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load<TLanes, TVector>(byte* from)
        where TLanes : ILanes<TVector>
        where TVector : struct => TLanes.Widen((ushort*)from);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float One(byte* from) => BitConverter.UInt32BitsToSingle((uint)*(ushort*)from << 16);
}
