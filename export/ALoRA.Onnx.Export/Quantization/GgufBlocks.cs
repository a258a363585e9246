using System.Runtime.InteropServices;
using ALoRA.Onnx.Export.Settings;
using ALoRA.Onnx.Export.Weights;

namespace ALoRA.Onnx.Export.Quantization;

/// <summary>Takes GGUF blocks over into MatMulNBits' layout without rounding: the same codes, scales and minimums.</summary>
internal sealed class GgufBlocks : RowConverter
{
    private const int BlockSize = 32;
    private const int HalfByteLength = 2;

    private readonly TensorEncoding _encoding;
    private readonly ActivationType _scaleType;
    private readonly int _blocks;

    public GgufBlocks(TensorEncoding encoding, ActivationType scaleType, int columns)
    {
        MatrixFormat.Blocks format = FormatOf(encoding)
            ?? throw new ArgumentException($"{encoding.FormatName()} blocks cannot be taken over.", nameof(encoding));
        _encoding = encoding;
        _scaleType = scaleType;
        _blocks = format.BlocksOf(columns);
        OutputRowByteLengths = format.RowByteLengths(columns, scaleType);
    }

    public override IReadOnlyList<int> OutputRowByteLengths { get; }

    /// <summary>The format that holds blocks of an encoding exactly, or null.</summary>
    public static MatrixFormat.Blocks? FormatOf(TensorEncoding encoding) => encoding switch
    {
        TensorEncoding.Q4_0 => new MatrixFormat.Blocks(4, BlockSize, HasZeroPoints: false, HasMinimums: false),
        TensorEncoding.Q4_1 => new MatrixFormat.Blocks(4, BlockSize, HasZeroPoints: false, HasMinimums: true),
        TensorEncoding.Q8_0 => new MatrixFormat.Blocks(8, BlockSize, HasZeroPoints: false, HasMinimums: false),
        _ => null,
    };

    public override void Convert(CheckpointTensor source, long firstRow, int rowCount, ChunkBuffers buffers, Span<byte> output)
    {
        int blockByteLength = _encoding.BlockByteLength();
        int count = rowCount * _blocks;
        Span<byte> blocks = buffers.Source(count * blockByteLength);
        source.ReadRows(firstRow, rowCount, blocks);
        Span<float> constants = buffers.Floats(2 * count);
        Span<float> scales = constants[..count];
        Span<float> minimums = constants[count..];
        int codeByteLength = OutputRowByteLengths[0] / _blocks;
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> block = blocks.Slice(i * blockByteLength, blockByteLength);
            Span<byte> codes = output.Slice(i * codeByteLength, codeByteLength);
            scales[i] = (float)MemoryMarshal.Read<Half>(block);
            switch (_encoding)
            {
                case TensorEncoding.Q8_0:
                    Offset(block[HalfByteLength..], codes);
                    break;
                case TensorEncoding.Q4_0:
                    Reorder(block[HalfByteLength..], codes);
                    break;
                default:
                    // MatMulNBits subtracts 8 from each code, which the minimum makes up for.
                    minimums[i] = (float)MemoryMarshal.Read<Half>(block[HalfByteLength..]) + (8 * scales[i]);
                    Reorder(block[(2 * HalfByteLength)..], codes);
                    break;
            }
        }

        Span<byte> rest = output[(count * codeByteLength)..];
        int constantsByteLength = count * _scaleType.ByteSize();
        FloatRounding.Round(scales, _scaleType, rest[..constantsByteLength], source.Name);
        if (OutputRowByteLengths.Count == 3)
        {
            FloatRounding.Round(minimums, _scaleType, rest.Slice(constantsByteLength, constantsByteLength), source.Name);
        }
    }

    // Signed codes become unsigned ones with a zero point of 128.
    private static void Offset(ReadOnlySpan<byte> codes, Span<byte> destination)
    {
        for (int i = 0; i < BlockSize; i++)
        {
            destination[i] = (byte)(codes[i] ^ 0x80);
        }
    }

    // Elements i and i + 16 share a byte in GGUF, elements 2 i and 2 i + 1 here.
    private static void Reorder(ReadOnlySpan<byte> nibbles, Span<byte> destination)
    {
        for (int i = 0; i < BlockSize / 4; i++)
        {
            int first = nibbles[2 * i];
            int second = nibbles[(2 * i) + 1];
            destination[i] = (byte)((first & 0x0F) | ((second & 0x0F) << 4));
            destination[i + (BlockSize / 4)] = (byte)((first >> 4) | (second & 0xF0));
        }
    }
}
