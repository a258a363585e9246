using ALoRA.Onnx.Export.Checkpoints.Decoding;
using ALoRA.Onnx.Export.Checkpoints.Storage;

namespace ALoRA.Onnx.Export;

/// <summary>A tensor of a checkpoint, read on demand from the file that holds it.</summary>
/// <remarks>Thread-safe. Readable as long as the file that gave it is not disposed.</remarks>
public sealed class CheckpointTensor
{
    private readonly TensorStorage _storage;

    internal CheckpointTensor(string name, TensorEncoding encoding, long[] shape, TensorStorage storage)
    {
        Name = name;
        Encoding = encoding;
        Shape = Array.AsReadOnly(shape);
        RowLength = shape.Length == 0 ? 1 : shape[^1];
        RowCount = 1;
        foreach (long size in shape.AsSpan(0, Math.Max(shape.Length - 1, 0)))
        {
            RowCount *= size;
        }

        _storage = storage;
    }

    /// <summary>The name, as the file stores it.</summary>
    public string Name { get; }

    /// <summary>How the elements are stored.</summary>
    public TensorEncoding Encoding { get; }

    /// <summary>Sizes in row-major order, a projection's weight as <c>[out, in]</c>; empty for a scalar.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>Elements of a row: the last size of <see cref="Shape"/>; 1 for a scalar.</summary>
    public long RowLength { get; }

    /// <summary>Rows: the product of all sizes but the last; 1 for a vector and a scalar.</summary>
    public long RowCount { get; }

    /// <summary>Number of elements.</summary>
    public long ElementCount => RowCount * RowLength;

    /// <summary>Stored bytes of the whole tensor.</summary>
    public long ByteLength => _storage.ByteLength;

    /// <summary>Stored bytes of one row.</summary>
    /// <exception cref="CheckpointFormatException">The elements are smaller than a byte and a row ends within one.</exception>
    public long RowByteLength => RowLength % Encoding.BlockLength() == 0
        ? RowLength / Encoding.BlockLength() * Encoding.BlockByteLength()
        : throw new CheckpointFormatException(
            $"{_storage.FilePath}: tensor '{Name}' cannot be read by rows: {RowLength} elements of {Encoding.FormatName()} are not a " +
            $"whole number of its blocks of {Encoding.BlockLength()} elements. Convert the checkpoint to BF16 with another tool.");

    /// <summary>Copies the stored bytes of some rows.</summary>
    /// <param name="firstRow">Index of the first row, from 0.</param>
    /// <param name="rowCount">Number of rows.</param>
    /// <param name="destination">Receives <paramref name="rowCount"/> times <see cref="RowByteLength"/> bytes; may be longer.</param>
    /// <exception cref="ArgumentException">The rows are out of range or the destination is too short.</exception>
    /// <exception cref="CheckpointFormatException">The file was shortened since it was opened.</exception>
    /// <exception cref="ObjectDisposedException">The checkpoint was disposed.</exception>
    public void ReadRows(long firstRow, int rowCount, Span<byte> destination)
    {
        long length = CheckedLength(firstRow, rowCount, RowByteLength, destination.Length, nameof(destination));
        _storage.Read(firstRow * RowByteLength, destination[..(int)length]);
    }

    /// <summary>Converts some rows to binary32; block encodings are dequantized.</summary>
    /// <param name="firstRow">Index of the first row, from 0.</param>
    /// <param name="rowCount">Number of rows.</param>
    /// <param name="destination">Receives <paramref name="rowCount"/> times <see cref="RowLength"/> values; may be longer.</param>
    /// <exception cref="ArgumentException">The rows are out of range or the destination is too short.</exception>
    /// <exception cref="CheckpointFormatException">
    /// The encoding has no conversion to binary32, or the file was shortened since it was opened.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The checkpoint was disposed.</exception>
    public void ReadRowsAsFloat(long firstRow, int rowCount, Span<float> destination)
    {
        long length = CheckedLength(firstRow, rowCount, RowLength, destination.Length, nameof(destination));
        BlockDecoder decoder = BlockDecoders.Find(Encoding) ?? throw new CheckpointFormatException(
            $"{_storage.FilePath}: tensor '{Name}' is stored as {Encoding.FormatName()}, which has no conversion to float32. " +
            "Expected a floating-point, integer or GGUF block type; convert the checkpoint to BF16.");
        _storage.Decode(firstRow * RowByteLength, Encoding, decoder, destination[..(int)length]);
    }

    /// <summary>The same tensor under another name.</summary>
    internal CheckpointTensor WithName(string name) => new(name, Encoding, [.. Shape], _storage);

    /// <summary>The same tensor with a constant added to each of its binary32 elements.</summary>
    internal CheckpointTensor WithShift(string name, float shift) => new(name, Encoding, [.. Shape], new ShiftedFloats(_storage, shift));

    /// <summary>
    /// The matrix, or the bias, with the rows of each head brought from llama.cpp's order to Hugging Face's; null where it is not a whole
    /// number of heads.
    /// </summary>
    internal CheckpointTensor? WithInterleavedRows(string name, int headSize)
    {
        long rowCount = Shape.Count == 1 ? RowLength : RowCount;
        long rowByteLength = Shape.Count == 1 ? Encoding.BlockByteLength() : RowByteLength;
        bool movable = Shape.Count is 1 or 2 && (Shape.Count == 2 || Encoding.BlockLength() == 1);
        return movable && rowCount % headSize == 0 && rowByteLength is > 0 and <= int.MaxValue && _storage is FileRange range
            ? new CheckpointTensor(name, Encoding, [.. Shape], new InterleavedRows(range, (int)rowByteLength, headSize))
            : null;
    }

    private long CheckedLength(long firstRow, int rowCount, long rowLength, int available, string destinationName)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(firstRow);
        ArgumentOutOfRangeException.ThrowIfNegative(rowCount);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(firstRow, RowCount);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rowCount, RowCount - firstRow);
        if (rowCount > 0 && rowLength > available / rowCount)
        {
            throw new ArgumentException(
                $"The destination holds {available} items; {rowCount} rows of {rowLength} of tensor '{Name}' do not fit.", destinationName);
        }

        return rowCount * rowLength;
    }
}
