using System.Runtime.InteropServices;

namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>What the kernel <c>shrink</c> gets: the same fields in the same order as in <c>Lora.cu</c>, which says what they are.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ShrinkArguments
{
    public nint X;
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
    public int Ahead;
    public int Late;
}
