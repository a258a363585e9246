using System.Runtime.InteropServices;

namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>What the kernel <c>norm</c> gets: the same fields in the same order as in <c>Norm.cu</c>, which says what they are.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NormArguments
{
    public nint X;
    public nint Weight;
    public nint Y;
    public nint Slot;
    public nint Ranks;
    public nint A;
    public nint H;
    public int Chunks;
    public int Rank;
    public int TotalRank;
    public int Rows;
    public int SlotStep;
    public int Slots;
    public float Epsilon;
}
