using System.Runtime.InteropServices;

namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>
/// What the kernel <c>attention</c> gets: the same fields in the same order as in <c>Attention.cu</c>, which says what they are.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal struct AttentionArguments
{
    public nint Qkv;
    public nint Keys;
    public nint Values;
    public nint Y;
    public nint Last;
    public nint Cosines;
    public nint Sines;
    public nint Parts;
    public nint Arrived;
    public nint Branches;
    public nint Owners;
    public int Heads;
    public int KvHeads;
    public int Rows;
    public int Sets;
    public int Capacity;
    public int Positions;
    public int Splits;
    public int PartRows;
    public float Scale;
    public int Behind;
    public int Owned;
    public int Lots;
}
