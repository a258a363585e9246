namespace ALoRA.Onnx.Operators.Cpu.Blocks;

/// <summary>A node of <see cref="DecodeBlocks"/>: checks the tensors of a run and shares its rows out.</summary>
internal sealed unsafe class DecodeBlocksKernel : OperatorKernel
{
    // Less than that is done before another thread has woken up.
    private const long NumbersOfTask = 16_384;
    private const int TasksOfThread = 4;

    private readonly int _bits;
    private readonly int _columns;
    private readonly int _first;
    private readonly int _rows;
    private readonly int _mostTasks;

    /// <summary>Reads the attributes.</summary>
    public DecodeBlocksKernel(KernelInfo info)
    {
        _bits = One(info, "bits", info.Integers("bits"));
        _columns = One(info, "columns", info.Integers("columns"));
        long[] rows = info.Integers("rows");
        if (_bits is not (4 or 8))
        {
            throw new ArgumentException($"{info.NodeName}: attribute 'bits' is {_bits}, expected 4 or 8");
        }

        if (rows is not [>= 0 and <= int.MaxValue, > 0 and <= int.MaxValue])
        {
            throw new ArgumentException(
                $"{info.NodeName}: attribute 'rows' is [{string.Join(", ", rows)}], expected the first row and how many");
        }

        _first = (int)rows[0];
        _rows = (int)rows[1];
        _mostTasks = info.Threads == 1 ? 1 : info.Threads * TasksOfThread;
    }

    /// <inheritdoc/>
    public override void Compute(KernelContext context)
    {
        KernelTensor zeroPoints = context.Input(3);
        ReadOnlySpan<long> codes = context.Input(0).Shape;
        long blocks = codes.Length == 3 ? codes[1] : 0;
        long size = codes.Length == 3 ? codes[2] * 8 / _bits : 0;
        if (blocks == 0 || size == 0 || codes[0] < _first + (long)_rows || _columns > blocks * size || _columns <= (blocks - 1) * size)
        {
            throw new ArgumentException(
                $"input 'codes' is {Text(codes)}, expected [at least {_first + (long)_rows}, blocks of {_columns} columns, "
                + "bytes of a block]");
        }

        Check("scales", context.Input(1).Shape, codes[0] * blocks);
        long zeroBytes = ((blocks * _bits) + 7) / 8;
        if (zeroPoints.Exists)
        {
            Check("zero_points", zeroPoints.Shape, codes[0] * zeroBytes);
        }

        BlockRows job = new()
        {
            Bits = _bits,
            Columns = _columns,
            Blocks = (int)blocks,
            BlockSize = (int)size,
            Rows = _rows,
            Codes = (byte*)context.Input(0).Data + (_first * blocks * codes[2]),
            Scales = (float*)context.Input(1).Data + (_first * blocks),
            ZeroPoints = zeroPoints.Exists ? (byte*)zeroPoints.Data + (_first * zeroBytes) : null,
            ZeroBytes = zeroBytes,
            Decoded = (float*)context.Output(0, [_rows, _columns]).Data,
        };
        job.Tasks = (int)Math.Clamp((long)_rows * _columns / NumbersOfTask, 1, Math.Min(_mostTasks, _rows));
        if (job.Tasks == 1)
        {
            BlockRows.Decode(&job, 0);
        }
        else
        {
            context.ParallelFor(&BlockRows.Decode, job.Tasks, &job);
        }
    }

    private static void Check(string input, ReadOnlySpan<long> shape, long expected)
    {
        long count = 1;
        foreach (long size in shape)
        {
            count *= size;
        }

        if (count != expected)
        {
            throw new ArgumentException($"input '{input}' is {Text(shape)}, expected {expected} elements");
        }
    }

    private static int One(KernelInfo info, string name, long[] numbers) => numbers is [> 0 and <= int.MaxValue]
        ? (int)numbers[0]
        : throw new ArgumentException(
            $"{info.NodeName}: attribute '{name}' is [{string.Join(", ", numbers)}], expected one number above 0");

    private static string Text(ReadOnlySpan<long> shape) => $"[{string.Join(", ", shape.ToArray())}]";
}
