using ALoRA.Onnx.Export.Checkpoints.Safetensors;
using ALoRA.Onnx.Shared;

namespace ALoRA.Onnx.Export;

/// <summary>
/// Writes a safetensors file in one pass: the header from declarations first, then the tensors' bytes in the declared order.
/// </summary>
/// <remarks>
/// The file appears under its name when <see cref="Complete"/> was called, whole; until then the bytes go to a temporary file beside it,
/// which is deleted when the writer is disposed. An existing file is replaced. One thread at a time; the caller disposes.
/// </remarks>
public sealed class SafetensorsWriter : IDisposable
{
    private readonly string _path;
    private readonly OwnedPlace _place;
    private readonly FileStream _stream;
    private readonly long _length;
    private bool _completed;

    private SafetensorsWriter(string path, byte[] header, long dataByteLength)
    {
        _path = path;
        _length = header.Length + dataByteLength;
        string target = Path.GetFullPath(path);
        OwnedPlace.Sweep(Path.GetDirectoryName(target)!);
        _place = OwnedPlace.Take(target);
        try
        {
            _stream = new FileStream(_place.Partial, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        }
        catch
        {
            _place.Dispose();
            throw;
        }

        try
        {
            _stream.Write(header);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Bytes of tensors that are still to be written.</summary>
    internal long Remaining => _length - _stream.Position;

    /// <summary>Starts a file.</summary>
    /// <param name="path">Where the file goes; its folder exists.</param>
    /// <param name="tensors">The tensors in the order in which their bytes are going to come.</param>
    /// <param name="metadata">Texts for <c>__metadata__</c>; null for none.</param>
    /// <returns>The writer; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">
    /// A name occurs twice or is reserved, an encoding is not of the format, or a shape is invalid.
    /// </exception>
    /// <exception cref="IOException">The file cannot be created.</exception>
    public static SafetensorsWriter Create(
        string path, IReadOnlyList<SafetensorsDeclaration> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(tensors);
        byte[] header = SafetensorsHeaderWriter.Write(tensors, metadata, out long dataByteLength);
        return new SafetensorsWriter(path, header, dataByteLength);
    }

    /// <summary>Appends bytes of the tensors; calls need not meet the tensors' ends.</summary>
    /// <param name="bytes">Little-endian elements.</param>
    /// <exception cref="InvalidOperationException">There are more bytes than were declared.</exception>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > Remaining)
        {
            throw new InvalidOperationException($"{_path}: {bytes.Length} more bytes were given, but only {Remaining} are declared and " +
                "unwritten.");
        }

        _stream.Write(bytes);
    }

    /// <summary>Ends the file and puts it in its place.</summary>
    /// <exception cref="InvalidOperationException">Bytes are missing.</exception>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    public void Complete()
    {
        if (Remaining > 0)
        {
            throw new InvalidOperationException($"{_path}: {Remaining} declared bytes were not written.");
        }

        _stream.Dispose();
        File.Move(_place.Partial, _path, overwrite: true);
        _completed = true;
    }

    /// <summary>Closes the file; without <see cref="Complete"/> nothing is left.</summary>
    public void Dispose()
    {
        try
        {
            _stream.Dispose();
        }
        finally
        {
            if (!_completed)
            {
                File.Delete(_place.Partial);
            }

            _place.Dispose();
        }
    }
}
