using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>The kernels of one type of numbers on one GPU, and how many blocks each takes. Any thread.</summary>
internal sealed unsafe class LoraKernels
{
    /// <summary>Largest rank of a slot.</summary>
    public const int MostRank = 64;

    // Up to so many rows a block takes one rank and eight rows; above, matrix instructions take eight ranks and 16 or 32 rows.
    private const int FewRows = 8;
    private const int RowsOfMatrixTile = 16;
    private const int FewThreads = 256;
    private const int ShrinkThreads = 512;
    private const int ExpandThreads = 128;

    // Fewer outputs than this give too few blocks for the largest GPUs' 132 multiprocessors, unless more warps share one.
    private const int ManyOutputs = 4608;

    // Of each form: rows of a block, outputs of a block, threads.
    private static readonly (int Rows, int Outputs, int Threads)[] Forms =
        [(8, 16, 256), (16, 32, 512), (32, 32, 512), (8, 16, 512), (16, 16, 512), (32, 16, 512)];

    private readonly CudaDevice _device;
    private readonly nint[] _shrink;
    private readonly nint[] _expand;
    private readonly nint[] _product;
    private readonly nint[] _swiGlu;
    private long _copiedBytes;

    /// <summary>Finds the kernels.</summary>
    /// <param name="device">The GPU.</param>
    /// <param name="type">Float16 or bfloat16.</param>
    public LoraKernels(CudaDevice device, TensorElementType type)
    {
        string suffix = type switch
        {
            TensorElementType.Float16 => "f16",
            TensorElementType.BFloat16 => "bf16",
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Expected float16 or bfloat16."),
        };
        _device = device;
        _shrink = Find($"shrink_{suffix}", 0, 1, 2);
        _expand = Find($"expand_{suffix}", 1, 2, 3, 4, 5, 6, 7, 8);
        _product = Find($"product_{suffix}", 0, 1, 2, 3, 4, 5);
        _swiGlu = Find($"swiglu_{suffix}", 0, 1, 2, 3, 4, 5);
    }

    /// <summary>Bytes copied so far because ONNX Runtime gave an output memory of its own; 0 is what it should be.</summary>
    public long CopiedBytes => Interlocked.Read(ref _copiedBytes);

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
        int form = arguments.Rows <= FewRows ? 0 : arguments.Rows <= RowsOfMatrixTile ? 1 : 2;
        int tile = form == 0 ? FewRows : RowsOfMatrixTile * form;
        int down = arguments.SlotStep == 0 ? Over(arguments.Rows, tile) : arguments.Rows;
        fixed (ShrinkArguments* place = &arguments)
        {
            _device.Driver.Launch(
                _shrink[form], form == 0 ? arguments.TotalRank : arguments.TotalRank / 8, down, form == 0 ? FewThreads : ShrinkThreads,
                stream, dependent && _device.HasDependentLaunch, place);
        }
    }

    /// <summary>Launches y = base + B·h.</summary>
    public void Expand(ref ExpandArguments arguments, nint stream, bool dependent)
    {
        // Rows that come in parallel wait for memory once; with many, B is better read once for several.
        arguments.RowsOfThread = arguments.Rows <= 16 ? 1 : arguments.Rows <= 32 ? 2 : 8;
        fixed (ExpandArguments* place = &arguments)
        {
            _device.Driver.Launch(
                _expand[(arguments.Rank / 8) - 1], Over(arguments.Out, ExpandThreads), Over(arguments.Rows, arguments.RowsOfThread),
                ExpandThreads,
                stream, dependent && _device.HasDependentLaunch, place);
        }
    }

    /// <summary>Launches y = W·x with what follows it.</summary>
    /// <param name="arguments">What it reads and writes.</param>
    /// <param name="swiGlu">Whether the outputs of W are gates, then as many to be multiplied.</param>
    /// <param name="stream">Where.</param>
    /// <param name="dependent">Whether it may start before the kernel in front of it has ended.</param>
    public void Product(ref ProductArguments arguments, bool swiGlu, nint stream, bool dependent)
    {
        int outputs = swiGlu ? 2 * arguments.Out : arguments.Out;
        int form = (outputs >= ManyOutputs ? 0 : 3) + (arguments.Rows <= 8 ? 0 : arguments.Rows <= 16 ? 1 : 2);
        (int rowsOfBlock, int outputsOfBlock, int threads) = Forms[form];
        fixed (ProductArguments* place = &arguments)
        {
            _device.Driver.Launch(
                (swiGlu ? _swiGlu : _product)[form], Over(outputs, outputsOfBlock), Over(arguments.Rows, rowsOfBlock), threads, stream,
                dependent && _device.HasDependentLaunch, place);
        }
    }

    private static int Over(int count, int size) => (int)(((long)count + size - 1) / size);

    private nint[] Find(string name, params ReadOnlySpan<int> forms)
    {
        nint[] kernels = new nint[forms.Length];
        for (int index = 0; index < forms.Length; index++)
        {
            kernels[index] = _device.Kernel($"{name}_{forms[index]}");
        }

        return kernels;
    }
}
