using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Tensors;

/// <summary>The element types T that activations, caches and adapters may have.</summary>
internal static class ElementTypes
{
    /// <summary>The accepted names, for messages.</summary>
    public const string Known = "float32, float16 or bfloat16";

    /// <summary>Finds the ONNX type of a name used in manifests.</summary>
    public static bool TryParse(string name, out TensorElementType type)
    {
        type = name switch
        {
            "float32" => TensorElementType.Float,
            "float16" => TensorElementType.Float16,
            "bfloat16" => TensorElementType.BFloat16,
            _ => TensorElementType.DataTypeMax,
        };
        return type != TensorElementType.DataTypeMax;
    }

    /// <summary>The ONNX type of a name that was checked when its file was read.</summary>
    public static TensorElementType Parse(string name) =>
        TryParse(name, out TensorElementType type) ? type : throw new ModelFormatException($"'{name}' is not one of {Known}.");

    /// <summary>Bytes of one element.</summary>
    public static int SizeOf(TensorElementType type) => type switch
    {
        TensorElementType.UInt8 => sizeof(byte),
        TensorElementType.Int64 => sizeof(long),
        TensorElementType.Float or TensorElementType.Int32 => sizeof(float),
        TensorElementType.Float16 or TensorElementType.BFloat16 => sizeof(ushort),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, $"Expected {Known}."),
    };

    /// <summary>Bytes of a tensor.</summary>
    public static long BytesOf(TensorElementType type, params ReadOnlySpan<long> shape)
    {
        long bytes = SizeOf(type);
        foreach (long size in shape)
        {
            bytes = checked(bytes * size);
        }

        return bytes;
    }

    /// <summary>The bits of 1 in that type, in the low bytes.</summary>
    public static uint One(TensorElementType type) => type switch
    {
        TensorElementType.Float => 0x3F80_0000,
        TensorElementType.Float16 => 0x3C00,
        TensorElementType.BFloat16 => 0x3F80,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, $"Expected {Known}."),
    };

    /// <summary>
    /// The bits of −2¹²⁷ (−2¹⁵ in float16) in that type, in the low bytes: added to a score,
    /// it leaves a probability of 0, and adding a score to it can't overflow.
    /// </summary>
    public static uint Masked(TensorElementType type) => type switch
    {
        TensorElementType.Float => 0xFF00_0000,
        TensorElementType.Float16 => 0xF800,
        TensorElementType.BFloat16 => 0xFF00,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, $"Expected {Known}."),
    };

    /// <summary>Makes a mask of the elements: 0 before an index, 1 from there on.</summary>
    /// <param name="elements">The mask.</param>
    /// <param name="type">Its type.</param>
    /// <param name="firstOne">The index; all are 1 where it is not positive, all are 0 where it is beyond the end.</param>
    public static void FillMask(Span<byte> elements, TensorElementType type, int firstOne)
    {
        int size = SizeOf(type);
        int zeros = Math.Clamp(firstOne, 0, elements.Length / size) * size;
        Fill(elements[..zeros], type, 0);
        Fill(elements[zeros..], type, One(type));
    }

    /// <summary>Sets all elements to the value with these bits.</summary>
    public static void Fill(Span<byte> elements, TensorElementType type, uint bits)
    {
        if (SizeOf(type) == sizeof(uint))
        {
            MemoryMarshal.Cast<byte, uint>(elements).Fill(bits);
        }
        else
        {
            MemoryMarshal.Cast<byte, ushort>(elements).Fill((ushort)bits);
        }
    }
}
