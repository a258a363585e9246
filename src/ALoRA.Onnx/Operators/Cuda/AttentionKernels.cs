using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>Attention of a few new rows for one type of numbers. Immutable; any thread.</summary>
internal sealed unsafe class AttentionKernels
{
    /// <summary>Most heads of keys, times sequences, times sets of 64 queries.</summary>
    public const int MostGroups = 16384;

    /// <summary>Most new rows of a sequence at once; <c>Attention.cu</c> has the same number.</summary>
    public const int MostRows = 64;

    /// <summary>Numbers that say what a row of a branch is.</summary>
    public const int RowNumbers = 3;

    private const int Threads = 128;
    private const int Warps = Threads / 32;

    // As Lots.cu and Attention.cu have them. A block of several tiles of queries has a ring of lots, two at a time for each way to share
    // them: more are on their way where two blocks of a multiprocessor have room for them.
    private const int KeysOfLot = 16;
    private const int ManyLots = 12;
    private const int FewLots = 8;
    private const int Beside = 4;
    private const int BytesForManyLots = 200 << 10;

    private readonly bool _canDepend;
    private readonly nint[] _forms;
    private readonly nint[] _branches;
    private readonly nint[] _sums;
    private readonly int _lots;

    /// <summary>Finds the kernels.</summary>
    /// <param name="module">Where.</param>
    /// <param name="type">Float16 or bfloat16.</param>
    public AttentionKernels(KernelModule module, TensorElementType type)
    {
        Device = module.Device;
        _canDepend = module.HasDependentLaunch;
        _forms = module.Kernels($"attention_{KernelModule.SuffixOf(type)}", 64, 128);
        _branches = module.Kernels($"branches_{KernelModule.SuffixOf(type)}", 64, 128);
        _sums = module.Kernels($"attention_sum_{KernelModule.SuffixOf(type)}", 64, 128);
        _lots = Device.BlockBytes >= BytesForManyLots ? ManyLots : FewLots;
        foreach (nint[] kernels in (nint[][])[_forms, _branches])
        {
            module.AllowBlockBytes(kernels[0], LotBytes(64));
            module.AllowBlockBytes(kernels[1], LotBytes(128));
        }
    }

    /// <summary>The GPU.</summary>
    public CudaDevice Device { get; }

    /// <summary>
    /// Launches it for all rows of a run: those beyond what it takes at once have a turn of their own, behind those whose keys they read.
    /// </summary>
    /// <param name="arguments">What it reads and writes, without what depends on the number of rows.</param>
    /// <param name="batch">Sequences; one, if there are turns.</param>
    /// <param name="rows">New rows of each.</param>
    /// <param name="size">Numbers of a head: 64 or 128.</param>
    /// <param name="stream">Where.</param>
    public void Launch(AttentionArguments arguments, int batch, int rows, int size, nint stream)
    {
        const int Bytes = 2;
        for (int first = 0; first < rows && batch > 0; first += MostRows)
        {
            int count = Math.Min(MostRows, rows - first);
            AttentionSplit split = AttentionSplit.Of(batch, arguments.KvHeads, arguments.Heads / arguments.KvHeads * count);
            AttentionArguments turn = arguments;
            turn.Qkv += (nint)((long)first * (arguments.Heads + (2 * arguments.KvHeads)) * size * Bytes);
            turn.Y += (nint)((long)first * arguments.Heads * size * Bytes);
            turn.Branches += arguments.Branches == 0 ? 0 : first * RowNumbers * sizeof(int);
            (turn.Rows, turn.Behind) = (count, rows - first - count);
            (turn.Sets, turn.Splits, turn.PartRows, turn.Lots) = (split.Sets, split.Splits, split.PartRows, _lots);
            bool isShared = split.PartRows > AttentionSplit.QueriesOfTile;
            int form = size == 64 ? 0 : 1;

            // The cache is read before the kernel in front has ended, unless that one has just written there.
            Device.Driver.Launch(
                (turn.Branches == 0 ? _forms : _branches)[form], turn.Splits, split.Groups, Threads, stream,
                first == 0 && _canDepend, &turn,
                isShared ? LotBytes(size) : Warps * AttentionSplit.QueriesOfTile * (size + Beside) * sizeof(float));
            if (isShared && turn.Splits > 1)
            {
                Device.Driver.Launch(_sums[form], split.PartRows / Warps, split.Groups, Threads, stream, _canDepend, &turn);
            }
        }
    }

    private int LotBytes(int size) => _lots * KeysOfLot * 2 * size * sizeof(ushort);

    /// <summary>Numbers in float32 that the blocks of a turn leave, where it is shared among several: the most of any turn.</summary>
    /// <inheritdoc cref="Launch"/>
    public static long MostPartNumbers(AttentionArguments arguments, int batch, int rows, int size)
    {
        long most = 1;

        // A last turn of fewer rows is shared among more blocks.
        foreach (int count in (ReadOnlySpan<int>)[Math.Min(rows, MostRows), rows % MostRows])
        {
            AttentionSplit split = AttentionSplit.Of(batch, arguments.KvHeads, arguments.Heads / arguments.KvHeads * count);
            most = Math.Max(most, split.Splits == 1 ? 1 : split.PartNumbers(size));
        }

        return most;
    }
}
