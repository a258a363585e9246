using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>Made-up weights of 4 or 8 bits, in blocks of 32 as MatMulNBits has them, and what they stand for.</summary>
internal sealed class BlockWeights
{
    private const int BlockSize = ProductForm.BlockSize;

    private readonly int _width;

    /// <summary>Makes the numbers.</summary>
    /// <param name="type">Type of the scales.</param>
    /// <param name="bits">Bits of a code.</param>
    /// <param name="outputs">Rows.</param>
    /// <param name="width">Numbers of a row, a multiple of 32.</param>
    /// <param name="withZeros">Whether each block has a zero point; else it is the middle code.</param>
    public BlockWeights(TensorElementType type, int bits, int outputs, int width, bool withZeros)
    {
        _width = width;
        int blocks = width / BlockSize;
        Random random = new(outputs + width);
        int zeroBytes = ((blocks * bits) + 7) / 8;
        Codes = new byte[outputs * width * bits / 8];
        Zeros = new byte[outputs * zeroBytes];
        random.NextBytes(Codes);
        random.NextBytes(Zeros);
        Zeros = withZeros ? Zeros : null;
        Scales = [.. Enumerable.Range(0, outputs * blocks).Select(_ => SmallFloats.Round(
            type, (float)(0.1 + random.NextDouble()) * 3 / (1 << bits) / MathF.Sqrt(width)))];
        Values = new float[outputs * width];
        for (int index = 0; index < Values.Length; index++)
        {
            (int output, int block) = (index / width, index % width / BlockSize);
            int zero = Zeros is null ? 1 << (bits - 1) : Code(Zeros.AsSpan(output * zeroBytes, zeroBytes), bits, block);
            Values[index] = (Code(Codes, bits, index) - zero) * SmallFloats.Value(type, Scales[(output * blocks) + block]);
        }
    }

    /// <summary>Of 4 bits two in a byte, the one of even index in its low half.</summary>
    public byte[] Codes { get; }

    /// <summary>Of each block, in 16 bits.</summary>
    public ushort[] Scales { get; }

    /// <summary>Of each block, in the same way; null where there are none.</summary>
    public byte[]? Zeros { get; }

    /// <summary>What they stand for, row by row.</summary>
    public float[] Values { get; }

    /// <summary>What a row stands for.</summary>
    public ReadOnlySpan<float> Row(int output) => Values.AsSpan(output * _width, _width);

    private static int Code(ReadOnlySpan<byte> codes, int bits, int index) =>
        bits == ProductForm.ByteBits ? codes[index] : index % 2 == 0 ? codes[index / 2] & 15 : codes[index / 2] >> 4;
}
