using System.Runtime.InteropServices;

namespace ALoRA.Onnx.Tensors;

/// <summary>Uninitialized memory outside of the managed heap, aligned to at least 64 bytes, freed when disposed or finalized.</summary>
internal sealed unsafe class NativeBuffer : SafeHandle
{
    private const nuint Alignment = 64;

    // Below that a whole page is too much, and an allocator serves it from what it has at hand.
    private const long SmallestFromSystem = 32 << 10;

    /// <summary>Allocates; pages are only committed by the system when they are written.</summary>
    /// <param name="length">Bytes; 0 is allowed.</param>
    /// <exception cref="InsufficientMemoryException">The memory is not available.</exception>
    public NativeBuffer(long length)
        : base(0, ownsHandle: true)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Length = length;
        if (length >= SmallestFromSystem)
        {
            SetHandle(SystemMemory.Allocate(length));
            if (IsInvalid)
            {
                throw Unavailable(length, null);
            }

            return;
        }

        try
        {
            SetHandle((nint)NativeMemory.AlignedAlloc((nuint)Math.Max(length, 1), Alignment));
        }
        catch (OutOfMemoryException exception)
        {
            throw Unavailable(length, exception);
        }
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
        if (Length >= SmallestFromSystem)
        {
            return SystemMemory.Free(handle, Length);
        }

        NativeMemory.AlignedFree((void*)handle);
        return true;
    }

    private static InsufficientMemoryException Unavailable(long length, Exception? cause) =>
        new($"{length:N0} bytes of memory are not available.", cause);
}
