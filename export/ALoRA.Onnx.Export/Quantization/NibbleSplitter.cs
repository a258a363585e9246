using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using ALoRA.Onnx.Export.Weights;

namespace ALoRA.Onnx.Export.Quantization;

/// <summary>
/// Splits the 8-bit codes and zero points that another converter gives into high and low nibbles: high codes, low codes, scales, low zero
/// points, and high zero points where there are any (otherwise they are all 8, the default, and the low ones 0).
/// </summary>
internal sealed class NibbleSplitter : RowConverter
{
    private readonly RowConverter _inner;
    private readonly bool _hasZeroPoints;

    public NibbleSplitter(RowConverter inner, MatrixFormat.Blocks format, int columns)
    {
        _inner = inner;
        _hasZeroPoints = format.HasZeroPoints;
        int codes = inner.OutputRowByteLengths[0] / 2;
        int scales = inner.OutputRowByteLengths[1];
        int zeroPoints = (format.BlocksOf(columns) + 1) / 2;
        OutputRowByteLengths = _hasZeroPoints ? [codes, codes, scales, zeroPoints, zeroPoints] : [codes, codes, scales, zeroPoints];
    }

    public override IReadOnlyList<int> OutputRowByteLengths { get; }

    public override void Convert(CheckpointTensor source, long firstRow, int rowCount, ChunkBuffers buffers, Span<byte> output)
    {
        int innerRow = _inner.OutputRowByteLengths.Sum();
        ReadOnlySpan<byte> whole = Converted(source, firstRow, rowCount, buffers, innerRow);
        ReadOnlySpan<byte> codes = Take(ref whole, rowCount * _inner.OutputRowByteLengths[0]);
        Span<byte> high = Take(ref output, codes.Length / 2);
        Split(codes, high, Take(ref output, codes.Length / 2));
        ReadOnlySpan<byte> scales = Take(ref whole, rowCount * _inner.OutputRowByteLengths[1]);
        scales.CopyTo(Take(ref output, scales.Length));
        if (!_hasZeroPoints)
        {
            output.Clear();
            return;
        }

        int blocks = _inner.OutputRowByteLengths[2];
        int packed = OutputRowByteLengths[3];
        Span<byte> lowZeroPoints = Take(ref output, rowCount * packed);
        for (int row = 0; row < rowCount; row++)
        {
            Split(whole.Slice(row * blocks, blocks), output.Slice(row * packed, packed), lowZeroPoints.Slice(row * packed, packed));
        }
    }

    private Span<byte> Converted(CheckpointTensor source, long firstRow, int rowCount, ChunkBuffers buffers, int rowByteLength)
    {
        Span<byte> converted = buffers.Intermediate(checked(rowCount * rowByteLength));
        _inner.Convert(source, firstRow, rowCount, buffers, converted);
        return converted;
    }

    // Two codes 0xab, 0xcd become 0xca in the high nibbles and 0xdb in the low ones: the first code in the lower half of the byte.
    private static void Split(ReadOnlySpan<byte> codes, Span<byte> high, Span<byte> low)
    {
        int done = 0;
        if (Vector256.IsHardwareAccelerated && BitConverter.IsLittleEndian)
        {
            ref byte source = ref MemoryMarshal.GetReference(codes);
            ref byte highTarget = ref MemoryMarshal.GetReference(high);
            ref byte lowTarget = ref MemoryMarshal.GetReference(low);
            Vector256<ushort> lower = Vector256.Create((ushort)0x000F);
            Vector256<ushort> upper = Vector256.Create((ushort)0x00F0);
            for (; done + 32 <= codes.Length; done += 32)
            {
                // A pair of codes is the word 0xcdab.
                Vector256<ushort> pairs = Vector256.LoadUnsafe(ref source, (nuint)done).AsUInt16();
                Vector256<ushort> highs = ((pairs >>> 4) & lower) | ((pairs >>> 8) & upper);
                Vector256<ushort> lows = (pairs & lower) | ((pairs >>> 4) & upper);
                Vector128.Narrow(highs.GetLower(), highs.GetUpper()).StoreUnsafe(ref highTarget, (nuint)(done / 2));
                Vector128.Narrow(lows.GetLower(), lows.GetUpper()).StoreUnsafe(ref lowTarget, (nuint)(done / 2));
            }
        }

        for (; done < codes.Length; done += 2)
        {
            int second = done + 1 < codes.Length ? codes[done + 1] : 0;
            high[done / 2] = (byte)((codes[done] >> 4) | (second & 0xF0));
            low[done / 2] = (byte)((codes[done] & 0x0F) | ((second & 0x0F) << 4));
        }
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> rest, int length)
    {
        ReadOnlySpan<byte> taken = rest[..length];
        rest = rest[length..];
        return taken;
    }

    private static Span<byte> Take(ref Span<byte> rest, int length)
    {
        Span<byte> taken = rest[..length];
        rest = rest[length..];
        return taken;
    }
}
