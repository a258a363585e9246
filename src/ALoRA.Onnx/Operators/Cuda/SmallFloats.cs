using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>Numbers of 16 bits, as bits.</summary>
internal static class SmallFloats
{
    /// <summary>Rounds to float16 or bfloat16.</summary>
    public static ushort Round(TensorElementType type, float value) => type == TensorElementType.BFloat16
        ? Brain(BitConverter.SingleToUInt32Bits(value))
        : BitConverter.HalfToUInt16Bits((Half)value);

    /// <summary>The value of float16 or bfloat16.</summary>
    public static float Value(TensorElementType type, ushort bits) => type == TensorElementType.BFloat16
        ? BitConverter.UInt32BitsToSingle((uint)bits << 16)
        : (float)BitConverter.UInt16BitsToHalf(bits);

    // To the nearest, and to the even one of two.
    private static ushort Brain(uint bits) => (ushort)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}
