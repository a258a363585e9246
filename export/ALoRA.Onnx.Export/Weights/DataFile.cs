using ALoRA.Onnx.Shared;
using Microsoft.Win32.SafeHandles;

namespace ALoRA.Onnx.Export.Weights;

/// <summary>The external data file while it is written. Any thread may write any range.</summary>
internal sealed class DataFile : IDisposable
{
    private readonly SafeFileHandle _handle;

    private DataFile(SafeFileHandle handle) => _handle = handle;

    /// <summary>Creates the file with its space reserved, so that a full disk shows before the work and not after.</summary>
    public static DataFile Create(string path, long length) =>
        new(File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, FileOptions.None, preallocationSize: length));

    public void Write(StoredTensor tensor, long offset, ReadOnlySpan<byte> bytes)
    {
        if (offset < 0 || offset + bytes.Length > tensor.ByteLength)
        {
            throw new InvalidOperationException(
                $"Writing {bytes.Length} bytes at {offset} leaves tensor '{tensor.Name}' of {tensor.ByteLength} bytes.");
        }

        RandomAccess.Write(_handle, bytes, tensor.Offset + offset);
        WriteProbe.Reached();
    }

    public void FlushToDisk() => RandomAccess.FlushToDisk(_handle);

    public void Dispose() => _handle.Dispose();
}
