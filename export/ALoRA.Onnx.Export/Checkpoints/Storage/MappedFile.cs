using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace ALoRA.Onnx.Export.Checkpoints.Storage;

/// <summary>A read-only file of which small windows are mapped while they are read. Thread-safe.</summary>
/// <remarks>
/// Mapped pages count as resident memory of the process, so a window is unmapped as soon as its bytes are used:
/// reading a file of any size then costs no more than the windows that are open at the same time.
/// </remarks>
internal sealed class MappedFile : IDisposable
{
    /// <summary>Bytes that a reader maps at a time at most.</summary>
    public const int WindowByteLength = 4 << 20;

    private readonly SafeFileHandle _handle;
    private readonly MemoryMappedFile? _map;

    private MappedFile(string path, SafeFileHandle handle, long length)
    {
        Path = path;
        Length = length;
        _handle = handle;

        // An empty file cannot be mapped; nothing can be read from it either.
        _map = length == 0
            ? null
            : MemoryMappedFile.CreateFromFile(handle, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
    }

    /// <summary>The path as it was given (a symlink is followed by the operating system).</summary>
    public string Path { get; }

    /// <summary>Bytes of the file when it was opened.</summary>
    public long Length { get; }

    /// <summary>Opens a file for reading.</summary>
    /// <exception cref="IOException">The file is missing or unreadable.</exception>
    public static MappedFile Open(string path)
    {
        SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read, FileOptions.RandomAccess);
        try
        {
            return new MappedFile(path, handle, RandomAccess.GetLength(handle));
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Maps bytes of the file; the caller disposes the window.</summary>
    /// <exception cref="ObjectDisposedException">The file was closed.</exception>
    /// <exception cref="CheckpointFormatException">The file was shortened since it was opened.</exception>
    public MappedWindow Map(long offset, int length)
    {
        ObjectDisposedException.ThrowIf(_handle.IsClosed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length - offset);

        // Touching a mapped page behind the end of a file ends the process, so a shortened file is looked for before each window.
        if (RandomAccess.GetLength(_handle) < offset + length)
        {
            throw new CheckpointFormatException(
                $"{Path} was shortened while it was being read: expected {Length} bytes, got {RandomAccess.GetLength(_handle)}. " +
                "Leave the file alone during the export and start it again.");
        }

        return length == 0 ? default : new MappedWindow(_map!.CreateViewAccessor(offset, length, MemoryMappedFileAccess.Read), length);
    }

    /// <summary>Copies bytes of the file, window by window.</summary>
    /// <inheritdoc cref="Map" path="/exception"/>
    public void Read(long offset, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            int length = Math.Min(destination.Length, WindowByteLength);
            using (MappedWindow window = Map(offset, length))
            {
                window.Bytes.CopyTo(destination);
            }

            offset += length;
            destination = destination[length..];
        }
    }

    public void Dispose()
    {
        _map?.Dispose();
        _handle.Dispose();
    }
}
