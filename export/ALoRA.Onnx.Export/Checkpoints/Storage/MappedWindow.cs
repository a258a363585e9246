using System.IO.MemoryMappedFiles;

namespace ALoRA.Onnx.Export.Checkpoints.Storage;

/// <summary>Bytes of a file that are mapped until the window is disposed.</summary>
internal readonly unsafe ref struct MappedWindow
{
    private readonly MemoryMappedViewAccessor? _view;

    public MappedWindow(MemoryMappedViewAccessor view, int length)
    {
        byte* pointer = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        _view = view;
        Bytes = new ReadOnlySpan<byte>(pointer + view.PointerOffset, length);
    }

    /// <summary>The mapped bytes; not to be touched after <see cref="Dispose"/>.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    public void Dispose()
    {
        if (_view is not null)
        {
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
        }
    }
}
