using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>Made-up weights of 4 bits, in blocks of 32 as MatMulNBits has them, and what they stand for.</summary>
internal sealed class NibbleWeights
{
    private const int BlockSize = ProductForm.BlockSize;
    private const int Middle = 8;

    private readonly int _width;

    /// <summary>Makes the numbers.</summary>
    /// <param name="type">Type of the scales.</param>
    /// <param name="outputs">Rows.</param>
    /// <param name="width">Numbers of a row, a multiple of 32.</param>
    /// <param name="withZeros">Whether each block has a zero point; else it is 8.</param>
    public NibbleWeights(TensorElementType type, int outputs, int width, bool withZeros)
    {
        _width = width;
        int blocks = width / BlockSize;
        Random random = new(outputs + width);
        Codes = new byte[outputs * width / 2];
        Zeros = new byte[outputs * ((blocks + 1) / 2)];
        random.NextBytes(Codes);
        random.NextBytes(Zeros);
        Zeros = withZeros ? Zeros : null;
        Scales = [.. Enumerable.Range(0, outputs * blocks).Select(_ => SmallFloats.Round(
            type, (float)(0.1 + random.NextDouble()) / 5 / MathF.Sqrt(width)))];
        Values = new float[outputs * width];
        for (int index = 0; index < Values.Length; index++)
        {
            (int output, int block) = (index / width, index % width / BlockSize);
            int zero = Zeros is null ? Middle : Half(Zeros[(output * ((blocks + 1) / 2)) + (block / 2)], block);
            Values[index] = (Half(Codes[index / 2], index) - zero) * SmallFloats.Value(type, Scales[(output * blocks) + block]);
        }
    }

    /// <summary>Two in a byte, the one of even index in its low half.</summary>
    public byte[] Codes { get; }

    /// <summary>Of each block, in 16 bits.</summary>
    public ushort[] Scales { get; }

    /// <summary>Of each block, two in a byte; null where there are none.</summary>
    public byte[]? Zeros { get; }

    /// <summary>What they stand for, row by row.</summary>
    public float[] Values { get; }

    /// <summary>What a row stands for.</summary>
    public ReadOnlySpan<float> Row(int output) => Values.AsSpan(output * _width, _width);

    private static int Half(byte two, int index) => index % 2 == 0 ? two & 15 : two >> 4;
}
