using System.IO.MemoryMappedFiles;

namespace ALoRA.Onnx.Tensors;

/// <summary>
/// Memory that is filled once and then seen in private views: the system keeps a page once for all of them until one writes it, which gets
/// a page of its own then. Freed with the last view. Thread-safe.
/// </summary>
internal sealed class SharedPages
{
    private readonly Lock _gate = new();
    private readonly MemoryMappedFile _file;
    private int _views = 1;

    private SharedPages(MemoryMappedFile file, long length)
    {
        _file = file;
        Length = length;
    }

    /// <summary>Size in bytes.</summary>
    public long Length { get; }

    /// <summary>Views that are open.</summary>
    public int Views
    {
        get
        {
            lock (_gate)
            {
                return _views;
            }
        }
    }

    /// <summary>Allocates and fills.</summary>
    /// <param name="length">Bytes.</param>
    /// <param name="fill">Writes to the address that it gets; what it does not write is zero and takes no memory.</param>
    /// <returns>The memory, which counts as a view until <see cref="Close"/>; null if the system has none that can be shared.</returns>
    public static SharedPages? TryCreate(long length, Action<nint> fill)
    {
        MemoryMappedFile? file = null;
        try
        {
            file = MemoryMappedFile.CreateNew(null, length, MemoryMappedFileAccess.ReadWrite);
            using MemoryMappedViewAccessor filled = file.CreateViewAccessor(0, length, MemoryMappedFileAccess.ReadWrite);
            fill(filled.SafeMemoryMappedViewHandle.DangerousGetHandle());
            return new SharedPages(file, length);
        }
        catch (Exception exception) when (IsShort(exception))
        {
            file?.Dispose();
            return null;
        }
    }

    /// <summary>
    /// A view whose writes nobody else sees, which the caller disposes; null if the
    /// last one was closed before, or the system opens no more.
    /// </summary>
    public View? TryOpen()
    {
        lock (_gate)
        {
            try
            {
                if (_views == 0)
                {
                    return null;
                }

                View view = new(this, _file.CreateViewAccessor(0, Length, MemoryMappedFileAccess.CopyOnWrite));
                _views++;
                return view;
            }
            catch (Exception exception) when (IsShort(exception))
            {
                return null;
            }
        }
    }

    /// <summary>Gives up a view; the last one frees the memory.</summary>
    public void Close()
    {
        lock (_gate)
        {
            if (--_views == 0)
            {
                _file.Dispose();
            }
        }
    }

    private static bool IsShort(Exception exception) =>
        exception is IOException or UnauthorizedAccessException or PlatformNotSupportedException or OutOfMemoryException;

    /// <summary>One view; disposed once.</summary>
    internal sealed class View(SharedPages pages, MemoryMappedViewAccessor accessor) : IDisposable
    {
        /// <summary>
        /// Address of the first byte. Not counted by the handle, so that a view that nobody disposes is freed all the same.
        /// </summary>
        public nint Address => accessor.SafeMemoryMappedViewHandle.DangerousGetHandle();

        /// <inheritdoc/>
        public void Dispose()
        {
            accessor.Dispose();
            pages.Close();
        }
    }
}
