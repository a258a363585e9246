using System.Buffers;
using ALoRA.Onnx.Export.Checkpoints.Decoding;

namespace ALoRA.Onnx.Export.Checkpoints.Storage;

/// <summary>
/// A query or key projection whose rows lie in llama.cpp's order. Rotary embedding turns pairs of elements; llama.cpp stores the two of
/// a pair next to each other, Hugging Face stores the first halves of a head's pairs before the second halves.
/// </summary>
/// <param name="stored">The tensor as it lies in the file.</param>
/// <param name="rowByteLength">Bytes of a row of a matrix, or of an element of a bias.</param>
/// <param name="headSize">Rows of a head.</param>
internal sealed class InterleavedRows(FileRange stored, int rowByteLength, int headSize) : TensorStorage
{
    public override string FilePath => stored.FilePath;

    public override long ByteLength => stored.ByteLength;

    public override void Read(long offset, Span<byte> destination)
    {
        // A window of whole heads where they fit holds the source rows of each of its rows.
        long windowRows = Math.Max(MappedFile.WindowByteLength / rowByteLength / headSize * headSize, 1);
        long row = offset / rowByteLength;
        while (!destination.IsEmpty)
        {
            long firstSource = windowRows > 1 ? row / windowRows * windowRows : SourceRow(row);
            long endSource = Math.Min(firstSource + windowRows, ByteLength / rowByteLength);
            using MappedWindow window = stored.Map(firstSource * rowByteLength, (int)(endSource - firstSource) * rowByteLength);
            long end = windowRows > 1 ? endSource : row + 1;
            for (; row < end && !destination.IsEmpty; row++)
            {
                window.Bytes.Slice((int)(SourceRow(row) - firstSource) * rowByteLength, rowByteLength).CopyTo(destination);
                destination = destination[rowByteLength..];
            }
        }
    }

    public override void Decode(long offset, TensorEncoding encoding, BlockDecoder decoder, Span<float> destination)
    {
        long rowLength = (long)rowByteLength / encoding.BlockByteLength() * encoding.BlockLength();
        int chunkRows = Math.Max(MappedFile.WindowByteLength / rowByteLength / headSize * headSize, 1);
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min((long)chunkRows, destination.Length / rowLength) * rowByteLength);
        try
        {
            while (!destination.IsEmpty)
            {
                int rows = (int)Math.Min(buffer.Length / rowByteLength, destination.Length / rowLength);
                Span<byte> bytes = buffer.AsSpan(0, rows * rowByteLength);
                Read(offset, bytes);
                decoder(bytes, destination[..(int)(rows * rowLength)]);
                offset += bytes.Length;
                destination = destination[(int)(rows * rowLength)..];
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private long SourceRow(long row)
    {
        long head = row / headSize * headSize;
        (long half, long pair) = Math.DivRem(row - head, headSize / 2);
        return head + (pair * 2) + half;
    }
}
