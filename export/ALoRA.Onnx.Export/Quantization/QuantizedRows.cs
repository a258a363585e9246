using ALoRA.Onnx.Export.Weights;
using Microsoft.Win32.SafeHandles;

namespace ALoRA.Onnx.Export.Quantization;

/// <summary>
/// Rows that calibration has quantized, in a temporary file until the data file is written: for each tensor its codes, scales and zero
/// points. Different threads may write different rows, and read what is written.
/// </summary>
internal sealed class QuantizedRows : IDisposable
{
    private readonly Dictionary<string, long> _starts = new(StringComparer.Ordinal);
    private SafeFileHandle? _file;
    private long _end;

    /// <summary>Makes the file; it is deleted when this is disposed.</summary>
    public void Open(string path) =>
        _file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose);

    /// <summary>Makes room for a tensor of so many bytes.</summary>
    public void Add(string tensor, long byteLength)
    {
        _starts.Add(tensor, _end);
        _end += byteLength;
    }

    public bool Contains(string tensor) => _starts.ContainsKey(tensor);

    public void Write(string tensor, long offset, ReadOnlySpan<byte> bytes) => RandomAccess.Write(Handle, bytes, _starts[tensor] + offset);

    public void Read(string tensor, long offset, Span<byte> bytes)
    {
        long position = _starts[tensor] + offset;
        while (!bytes.IsEmpty)
        {
            int read = RandomAccess.Read(Handle, bytes, position);
            if (read == 0)
            {
                throw new InvalidOperationException($"Rows of tensor '{tensor}' are read before they are quantized.");
            }

            bytes = bytes[read..];
            position += read;
        }
    }

    public void Dispose() => _file?.Dispose();

    private SafeFileHandle Handle => _file ?? throw new InvalidOperationException("Calibration has not run.");
}

/// <summary>Gives rows that calibration has quantized instead of the checkpoint's, in the layout of the converter that would quantize them.</summary>
internal sealed class QuantizedRowsConverter(QuantizedRows rows, RowConverter layout) : RowConverter
{
    public override IReadOnlyList<int> OutputRowByteLengths => layout.OutputRowByteLengths;

    public override void Convert(CheckpointTensor source, long firstRow, int rowCount, ChunkBuffers buffers, Span<byte> output)
    {
        long section = 0;
        foreach (int length in OutputRowByteLengths)
        {
            rows.Read(source.Name, section + (firstRow * length), output[..(rowCount * length)]);
            output = output[(rowCount * length)..];
            section += source.RowCount * length;
        }
    }
}
