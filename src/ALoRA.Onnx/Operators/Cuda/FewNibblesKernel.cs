namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>Products of weights in 4 bits for one or two rows. Immutable; any thread.</summary>
internal sealed unsafe class FewNibblesKernel
{
    /// <summary>Most rows; at eight the kernels of more are faster, between them nothing was measured.</summary>
    public const int MostRows = 2;

    // As the kernels in FewNibbles.cu are made, and their lots of 16 rows of 8 blocks are.
    private const int Warps = 8;
    private const int Lots = 3;
    private const int LotBytes = 16 * 148;
    private const int BlocksOfLot = 8;
    private const int RowsOfTile = 16;
    private const int BlocksOfMultiprocessor = 2;

    // Of x in blocks' memory: chunks of 8 numbers for a lot, and what keeps rows in different banks.
    private const int ChunksOfLot = 32;
    private const int ChunkBytes = 16;
    private const int ChunksBetweenRows = 4;

    private readonly CudaDevice _device;
    private readonly bool _canDepend;
    private readonly nint[] _kernels;

    /// <summary>Finds the kernels.</summary>
    /// <param name="module">Where.</param>
    /// <param name="name">What their names begin with.</param>
    public FewNibblesKernel(KernelModule module, string name)
    {
        _device = module.Device;
        _canDepend = module.HasDependentLaunch;

        // Without zero points or with them, without room for x or with it.
        _kernels = module.Kernels(name, 0, 1, 2, 3);
        foreach (nint kernel in _kernels)
        {
            module.AllowBlockBytes(kernel, _device.BlockBytes);
        }
    }

    /// <summary>Launches y = W·x with what follows it.</summary>
    /// <param name="arguments">What it reads and writes.</param>
    /// <param name="swiGlu">Whether the outputs of W are gates, then as many to be multiplied.</param>
    /// <param name="stream">Where.</param>
    /// <param name="dependent">Whether it may start before the kernel in front of it has ended.</param>
    public void Launch(ref ProductArguments arguments, bool swiGlu, nint stream, bool dependent)
    {
        int lots = Over(arguments.Chunks, ChunksOfLot);
        int tiles = Over(arguments.Out, swiGlu ? RowsOfTile / 2 : RowsOfTile);
        int sums = (2 * Warps * RowsOfTile) + (lots * BlocksOfLot);
        int bytes = (Warps * Lots * LotBytes) + (sums * MostRows * sizeof(float));
        int held = arguments.Rows * ((lots * ChunksOfLot) + ChunksBetweenRows) * ChunkBytes;
        bool holds = bytes + held <= _device.BlockBytes;
        arguments.SwiGlu = swiGlu ? 1 : 0;
        fixed (ProductArguments* place = &arguments)
        {
            _device.Driver.Launch(
                _kernels[(arguments.Zeros != 0 ? 2 : 0) + (holds ? 1 : 0)],
                Math.Min(tiles, BlocksOfMultiprocessor * _device.Multiprocessors), 1, Warps * 32, stream, dependent && _canDepend, place,
                bytes + (holds ? held : 0));
        }
    }

    private static int Over(int count, int size) => (count + size - 1) / size;
}
