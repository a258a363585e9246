using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>The adapter's two kernels for one type of numbers, and how many blocks each takes. Any thread.</summary>
internal sealed unsafe class LoraKernels
{
    /// <summary>Largest rank of a slot.</summary>
    public const int MostRank = 64;

    /// <summary>Up to so many rows a kernel of a rank each can be ahead of its product, see <see cref="ShrinkArguments.Ahead"/>.</summary>
    public const int RowsOfFew = 8;

    /// <summary>Rows for which a block of a rank reads A once, as <c>Rows.cu</c> says.</summary>
    public const int RowsOfRank = 2;

    // More rows take A·x so long that the product had better run beside it. Reasoned, not measured.
    private const int MostRowsAhead = 2;

    // Of each form of A·x: ranks of a block, rows of a block, threads. Up to RowsOfFew rows the first two, of which the second
    // holds more of a long row; above, matrix instructions: 16 rows, 32 where many rows have one slot, so that A is read again
    // less often, and 16 by more warps where x is long.
    private static readonly (int Ranks, int Rows, int Threads)[] ShrinkForms =
        [(1, RowsOfRank, 256), (1, RowsOfRank, 256), (16, 16, 512), (16, 32, 512), (16, 16, 1024)];

    private const int HeldChunks = 512;
    private const int LongChunks = 1024;
    private const int MostRowsOfSmallTile = 32;
    private const int ExpandThreads = 128;

    // Up to so many rows B·h has two a thread, more have eight.
    private const int MostRowsOfExpandFew = 32;

    private readonly CudaDevice _device;
    private readonly bool _canDepend;
    private readonly nint[] _shrink;
    private readonly nint[] _expand;
    private readonly nint[] _expandFew;
    private long _copiedBytes;

    /// <summary>Finds the kernels.</summary>
    /// <param name="module">Where.</param>
    /// <param name="type">Float16 or bfloat16.</param>
    public LoraKernels(KernelModule module, TensorElementType type)
    {
        string suffix = KernelModule.SuffixOf(type);
        _device = module.Device;
        _canDepend = module.HasDependentLaunch;
        _shrink = module.Kernels($"shrink_{suffix}", 0, 1, 2, 3, 4);
        _expand = module.Kernels($"expand_{suffix}", 1, 2, 3, 4, 5, 6, 7, 8);
        _expandFew = module.Kernels($"expand_few_{suffix}", 1, 2, 3, 4, 5, 6, 7, 8);
    }

    /// <summary>Bytes copied so far because ONNX Runtime gave an output memory of its own; 0 is what it should be.</summary>
    public long CopiedBytes => Interlocked.Read(ref _copiedBytes);

    /// <summary>Whether a product waits for x itself, so that it may be started before the kernel that gives h has waited for x.</summary>
    /// <param name="rows">Rows of the run.</param>
    public static bool IsAhead(int rows) => rows <= MostRowsAhead;

    /// <summary>Copies what should have been the same memory.</summary>
    public void Copy(nint to, nint from, long bytes, nint stream)
    {
        Interlocked.Add(ref _copiedBytes, bytes);
        _device.Driver.Copy(to, from, bytes, stream);
    }

    /// <summary>Launches h = A·x.</summary>
    /// <param name="arguments">What it reads and writes.</param>
    /// <param name="stream">Where.</param>
    /// <param name="dependent">Whether it may start before the kernel in front of it has ended.</param>
    public void Shrink(ref ShrinkArguments arguments, nint stream, bool dependent)
    {
        bool isSmall = arguments.Rows <= MostRowsOfSmallTile || arguments.SlotStep != 0;
        int form = arguments.Rows <= RowsOfFew ? (arguments.Chunks <= HeldChunks ? 0 : 1)
            : !isSmall ? 3
            : arguments.Chunks < LongChunks ? 2 : 4;
        (int ranks, int rows, int threads) = ShrinkForms[form];
        int down = arguments.SlotStep == 0 ? Over(arguments.Rows, rows) : arguments.Rows;
        fixed (ShrinkArguments* place = &arguments)
        {
            _device.Driver.Launch(
                _shrink[form], Over(arguments.TotalRank, ranks), down, threads, stream, dependent && _canDepend, place);
        }
    }

    /// <summary>Launches y = base + B·h.</summary>
    public void Expand(ref ExpandArguments arguments, nint stream, bool dependent)
    {
        // Rows that come in parallel wait for memory once; with many, B is better read once for several.
        bool isFew = arguments.Rows <= MostRowsOfExpandFew;
        int rows = isFew ? 2 : 8;
        fixed (ExpandArguments* place = &arguments)
        {
            _device.Driver.Launch(
                (isFew ? _expandFew : _expand)[(arguments.Rank / 8) - 1], Over(arguments.Out, ExpandThreads), Over(arguments.Rows, rows),
                ExpandThreads, stream, dependent && _canDepend, place, rows * arguments.TotalRank * sizeof(float));
        }
    }

    private static int Over(int count, int size) => (int)(((long)count + size - 1) / size);
}
