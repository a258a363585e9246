using System.Runtime.InteropServices;

namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>
/// What the kernel <c>product</c> gets: the same fields in the same order as in <c>Product.cu</c>, which says what they are.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ProductArguments
{
    public nint X;
    public nint W;
    public nint Scales;
    public nint Zeros;
    public nint Residual;
    public nint Y;
    public nint H;
    public nint Slot;
    public nint Ranks;
    public nint B;
    public int Chunks;
    public int Out;
    public int Rows;
    public int Rank;
    public int TotalRank;
    public int SlotStep;
    public int Slots;
    public float Scale;
    public int Waits;
    public int SwiGlu;
    public PartEnds Ends;
}
