using System.Runtime.InteropServices;

namespace ALoRA.Onnx.Operators.Cpu;

/// <summary>
/// Memory for the sums of a run, which the next node uses again: an allocator may give pages back to the system in between, and those of
/// a hundred nodes each step would have to be made anew. Any thread.
/// </summary>
internal sealed unsafe class ScratchPool
{
    private const int Alignment = 64;
    private const long MostKept = 4 << 20;

    private nint _kept;

    /// <summary>Takes memory, which holds anything.</summary>
    /// <param name="bytes">How much.</param>
    /// <exception cref="OutOfMemoryException">There is not so much.</exception>
    public byte* Take(long bytes)
    {
        byte* block = (byte*)Interlocked.Exchange(ref _kept, 0);
        if (block is not null && SizeOf(block) >= bytes)
        {
            return block;
        }

        Free(block);
        block = (byte*)NativeMemory.AlignedAlloc((nuint)bytes + Alignment, Alignment) + Alignment;
        ((long*)block)[-1] = bytes;
        return block;
    }

    /// <summary>Gives back what <see cref="Take"/> gave.</summary>
    public void Return(byte* block) =>
        Free(SizeOf(block) > MostKept ? block : (byte*)Interlocked.Exchange(ref _kept, (nint)block));

    private static long SizeOf(byte* block) => ((long*)block)[-1];

    private static void Free(byte* block)
    {
        if (block is not null)
        {
            NativeMemory.AlignedFree(block - Alignment);
        }
    }
}
