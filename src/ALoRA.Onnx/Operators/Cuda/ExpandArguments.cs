using System.Runtime.InteropServices;

namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>What the kernel <c>expand</c> gets: the same fields in the same order as in <c>Lora.cu</c>, which says what they are.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ExpandArguments
{
    public nint Base;
    public nint Y;
    public nint H;
    public nint Slot;
    public nint Ranks;
    public nint B;
    public int Out;
    public int Rank;
    public int TotalRank;
    public int Rows;
    public int SlotStep;
    public int Slots;
    public PartEnds Ends;
}
