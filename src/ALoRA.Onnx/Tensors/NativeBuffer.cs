using System.Runtime.InteropServices;

namespace ALoRA.Onnx.Tensors;

/// <summary>Uninitialized memory outside of the managed heap, aligned to 64 bytes, freed when disposed or finalized.</summary>
internal sealed unsafe class NativeBuffer : SafeHandle
{
    private const nuint Alignment = 64;

    /// <summary>Allocates; pages are only committed by the system when they are written.</summary>
    /// <param name="length">Bytes; 0 is allowed.</param>
    /// <exception cref="InsufficientMemoryException">The memory is not available.</exception>
    public NativeBuffer(long length)
        : base(0, ownsHandle: true)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        try
        {
            SetHandle((nint)NativeMemory.AlignedAlloc((nuint)Math.Max(length, 1), Alignment));
        }
        catch (OutOfMemoryException exception)
        {
            throw new InsufficientMemoryException($"{length:N0} bytes of memory are not available.", exception);
        }

        Length = length;
    }

    /// <summary>Size in bytes.</summary>
    public long Length { get; }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>Address of the first byte.</summary>
    public nint Address => IsClosed ? throw new ObjectDisposedException(nameof(NativeBuffer)) : handle;

    /// <summary>All bytes; only for buffers below 2 GiB.</summary>
    public Span<byte> AsSpan() => new((void*)Address, checked((int)Length));

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        NativeMemory.AlignedFree((void*)handle);
        return true;
    }
}
