using ALoRA.Onnx.Training.Graphs;
using Microsoft.Win32.SafeHandles;

namespace ALoRA.Onnx.Training.Prefixes;

/// <summary>
/// A file of prefixes that had no room in memory: keys and values of each layer, one prefix after another. It belongs to one training and
/// is deleted when that ends, however it ends; so nothing in it says which base it is of. Not thread-safe.
/// </summary>
internal sealed class PrefixFile : IDisposable
{
    private readonly string _folder;
    private readonly long _most;
    private readonly int _layers;
    private readonly long _rowBytes;
    private SafeFileHandle? _handle;

    /// <summary>A file that is made when it is needed.</summary>
    /// <param name="manifest">The base.</param>
    /// <param name="folder">Where it is made.</param>
    /// <param name="most">Most bytes; 0 for no file.</param>
    public PrefixFile(ModelManifest manifest, string folder, long most)
    {
        _folder = folder;
        _most = most;
        _layers = manifest.LayerCount;
        _rowBytes = PrefixRows.BytesPerRow(manifest);
    }

    /// <summary>Bytes that are in use.</summary>
    public long Length { get; private set; }

    /// <summary>Why nothing more is written; null for nothing.</summary>
    public string? Problem { get; private set; }

    /// <summary>Appends a prefix, if there is room for it.</summary>
    public bool TryAppend(PrefixRows rows, out long position)
    {
        position = Length;
        if (Problem is not null || Length + rows.Bytes > _most)
        {
            return false;
        }

        try
        {
            SafeFileHandle handle = _handle ??= Open();
            long at = position;
            foreach (byte[] values in rows.Keys.Concat(rows.Values))
            {
                RandomAccess.Write(handle, values, at);
                at += values.Length;
            }

            Length = at;
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The training can go on without: it computes again what is not here.
            Problem = $"{_folder}: the file for prefixes cannot be written: {exception.Message} They are computed anew each epoch.";
            return false;
        }
    }

    /// <summary>Reads a prefix.</summary>
    /// <exception cref="IOException">The file fails.</exception>
    public PrefixRows Read(long position, int length)
    {
        byte[][] keys = [.. Enumerable.Range(0, _layers).Select(_ => ReadValues(ref position, length))];
        byte[][] values = [.. Enumerable.Range(0, _layers).Select(_ => ReadValues(ref position, length))];
        return PrefixRows.Of(length, keys, values);
    }

    /// <inheritdoc/>
    public void Dispose() => _handle?.Dispose();

    private byte[] ReadValues(ref long position, int length)
    {
        byte[] values = new byte[checked((int)(length * _rowBytes))];
        Span<byte> bytes = values;
        while (!bytes.IsEmpty)
        {
            int read = RandomAccess.Read(_handle!, bytes, position);
            if (read == 0)
            {
                throw new IOException($"{_folder}: the file for prefixes ends at {position:N0}. Something else has changed it.");
            }

            bytes = bytes[read..];
            position += read;
        }

        return values;
    }

    private SafeFileHandle Open()
    {
        Directory.CreateDirectory(_folder);
        string path = Path.Combine(_folder, $".prefixes-{Guid.NewGuid():N}");
        SafeFileHandle handle = File.OpenHandle(
            path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose);
        if (!OperatingSystem.IsWindows())
        {
            // Of a process that is killed the system deletes nothing by itself but on Windows; without a name there is nothing left.
            File.Delete(path);
        }

        return handle;
    }
}
