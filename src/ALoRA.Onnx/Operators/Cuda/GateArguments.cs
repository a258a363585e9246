using System.Runtime.InteropServices;

namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>What the kernel <c>gates</c> gets: the same fields in the same order as in <c>Gates.cu</c>, which says what they are.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct GateArguments
{
    public nint X;
    public nint Y;
    public int Chunks;
    public int Rows;
}
