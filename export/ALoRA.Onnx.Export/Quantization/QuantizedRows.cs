using ALoRA.Onnx.Export.Settings;
using ALoRA.Onnx.Export.Weights;
using Microsoft.Win32.SafeHandles;

namespace ALoRA.Onnx.Export.Quantization;

/// <summary>
/// Rows that calibration has quantized, in a temporary file until the data file is written: for each tensor its codes, scales and zero
/// points. Different threads may write different rows, and read what is written. The owner disposes it, which deletes the file.
/// </summary>
internal sealed class QuantizedRows : IRowSource, IDisposable
{
    private readonly Dictionary<string, long> _starts = new(StringComparer.Ordinal);
    private readonly SafeFileHandle _file;

    /// <summary>Makes the file, with room for all rows of the plan.</summary>
    public QuantizedRows(string path, CalibrationPlan plan)
    {
        long end = 0;
        foreach (CalibrationTarget target in plan.Targets)
        {
            int rowByteLength = target.Format.RowByteLengths(target.Columns, plan.ScaleType).Sum();
            foreach (CheckpointTensor part in target.Parts)
            {
                _starts.Add(part.Name, end);
                end += part.RowCount * rowByteLength;
            }
        }

        _file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose);
    }

    public void Write(string tensor, long offset, ReadOnlySpan<byte> bytes) => RandomAccess.Write(_file, bytes, _starts[tensor] + offset);

    public void Read(string tensor, long offset, Span<byte> bytes)
    {
        long position = _starts[tensor] + offset;
        while (!bytes.IsEmpty)
        {
            int read = RandomAccess.Read(_file, bytes, position);
            if (read == 0)
            {
                throw new InvalidOperationException($"Rows of tensor '{tensor}' are read before they are quantized.");
            }

            bytes = bytes[read..];
            position += read;
        }
    }

    public void Dispose() => _file.Dispose();
}

/// <summary>Gives rows that calibration has quantized instead of the checkpoint's.</summary>
/// <param name="tensor">Name of the tensor whose rows they are.</param>
/// <param name="format">How they are held.</param>
/// <param name="scaleType">Type of the scales.</param>
/// <param name="columns">Elements of a row.</param>
internal sealed class QuantizedRowsConverter(string tensor, MatrixFormat.Blocks format, ActivationType scaleType, int columns)
    : RowConverter
{
    public override IReadOnlyList<int> OutputRowByteLengths { get; } = format.RowByteLengths(columns, scaleType);

    public override void Convert(CheckpointTensor source, long firstRow, int rowCount, ChunkBuffers buffers, Span<byte> output)
    {
        long section = 0;
        foreach (int length in OutputRowByteLengths)
        {
            buffers.Converted.Read(tensor, section + (firstRow * length), output[..(rowCount * length)]);
            output = output[(rowCount * length)..];
            section += source.RowCount * length;
        }
    }
}
