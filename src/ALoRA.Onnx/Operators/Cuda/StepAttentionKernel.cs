namespace ALoRA.Onnx.Operators.Cuda;

/// <summary>A node of <see cref="StepAttention"/>. Allocates nothing in a run.</summary>
internal sealed class StepAttentionKernel : OperatorKernel
{
    private const int MostRows = AttentionKernels.MostRows;
    private const int RowNumbers = AttentionKernels.RowNumbers;

    private readonly AttentionKernels _kernels;
    private readonly string _node;
    private readonly int _heads;
    private readonly int _keyValueHeads;
    private readonly float _scale;
    private readonly GpuMemory _arrived;

    /// <summary>Takes memory in which blocks count themselves.</summary>
    /// <param name="kernels">What is launched.</param>
    /// <param name="node">Operator and node, for messages.</param>
    /// <param name="heads">Heads of queries.</param>
    /// <param name="keyValueHeads">Heads of keys and values.</param>
    /// <param name="scale">What scores are multiplied by.</param>
    public StepAttentionKernel(AttentionKernels kernels, string node, int heads, int keyValueHeads, float scale)
    {
        (_kernels, _node, _heads, _keyValueHeads) = (kernels, node, heads, keyValueHeads);
        _scale = scale * MathF.Log2(MathF.E);
        using CudaDevice.Scope scope = kernels.Device.Use();
        _arrived = new GpuMemory(kernels.Device.Driver, AttentionKernels.MostGroups * sizeof(int));
    }

    /// <inheritdoc/>
    public override void Compute(KernelContext context)
    {
        KernelTensor qkv = context.Input(0);
        KernelTensor keys = context.Input(1);
        KernelTensor values = context.Input(2);
        KernelTensor last = context.Input(3);
        KernelTensor cosines = context.Input(4);
        KernelTensor sines = context.Input(5);
        ReadOnlySpan<long> shape = qkv.Shape;
        ReadOnlySpan<long> cache = keys.Shape;
        if (cache.Length != 4 || cache[1] != _keyValueHeads || cache[3] is not (64 or 128) || cache[2] > int.MaxValue
            || !values.Shape.SequenceEqual(cache))
        {
            throw RowShapes.Wrong(_node, "past_key and past_value", $"[batch, {_keyValueHeads}, capacity, 64 or 128]", cache);
        }

        int size = (int)cache[3];
        if (shape.Length != 3 || shape[0] != cache[0] || shape[2] != (long)(_heads + (2 * _keyValueHeads)) * size
            || shape[1] > (context.Input(6).Exists ? cache[2] : Math.Min(MostRows, cache[2])))
        {
            throw RowShapes.Wrong(
                _node, "qkv", $"[{cache[0]}, at most {MostRows} and the capacity, {(_heads + (2 * _keyValueHeads)) * size}]", shape);
        }

        CheckBranches(context, shape);

        if (last.Shape.Length != 1 || last.Shape[0] != cache[0])
        {
            throw RowShapes.Wrong(_node, "seqlens_k", $"{cache[0]} numbers", last.Shape);
        }

        if (cosines.Exists && !(cosines.Shape is [> 0 and <= int.MaxValue, long half] && half * 2 == size
            && sines.Shape.SequenceEqual(cosines.Shape)))
        {
            throw RowShapes.Wrong(_node, "cos and sin", $"[positions, {size / 2}]", cosines.Shape);
        }

        Run(context, (int)shape[0], (int)shape[1], size, cache);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        using (_kernels.Device.Use())
        {
            _arrived.Dispose();
        }

        base.Dispose();
    }

    private void CheckBranches(KernelContext context, ReadOnlySpan<long> shape)
    {
        KernelTensor branches = context.Input(6);
        KernelTensor owners = context.Input(7);
        if (branches.Exists
            && !(shape[0] == 1 && branches.Shape is [long rows, RowNumbers] && rows == shape[1]
                && owners.Exists && owners.Shape is [<= int.MaxValue and long owned] && owned >= rows))
        {
            throw RowShapes.Wrong(
                _node, "branch_rows",
                $"one sequence, [{shape[1]}, {RowNumbers}], and of branch_owners as many numbers or more", branches.Shape);
        }
    }

    private unsafe void Run(KernelContext context, int batch, int rows, int size, ReadOnlySpan<long> cache)
    {
        KernelTensor keys = context.Input(1);
        KernelTensor values = context.Input(2);
        KernelTensor cosines = context.Input(4);
        KernelTensor branches = context.Input(6);
        AttentionSplit split = AttentionSplit.Of(batch, _keyValueHeads, _heads / _keyValueHeads * Math.Min(rows, MostRows));
        if (split.Groups > AttentionKernels.MostGroups)
        {
            throw new ArgumentException(
                $"{_node}: expected at most {AttentionKernels.MostGroups} groups of queries, got {split.Groups} of {batch} sequences.");
        }

        ReadOnlySpan<long> result = [batch, rows, _heads * (long)size];
        AttentionArguments arguments = new()
        {
            Qkv = (nint)context.Input(0).Data,
            Keys = (nint)context.Output(1, cache).Data,
            Values = (nint)context.Output(2, cache).Data,
            Y = (nint)context.Output(0, result).Data,
            Last = (nint)context.Input(3).Data,
            Cosines = cosines.Exists ? (nint)cosines.Data : 0,
            Sines = cosines.Exists ? (nint)context.Input(5).Data : 0,
            Arrived = _arrived.Address,
            Branches = branches.Exists ? (nint)branches.Data : 0,
            Owners = branches.Exists ? (nint)context.Input(7).Data : 0,
            Heads = _heads,
            KvHeads = _keyValueHeads,
            Capacity = (int)cache[2],
            Positions = cosines.Exists ? (int)cosines.Shape[0] : 0,
            Owned = branches.Exists ? (int)context.Input(7).Shape[0] : 0,
            Scale = _scale,
        };
        if (arguments.Keys != (nint)keys.Data || arguments.Values != (nint)values.Data)
        {
            throw new ArgumentException($"{_node}: expected past and present in the same memory, got two.");
        }

        ReadOnlySpan<long> scratch = [AttentionKernels.MostPartNumbers(arguments, batch, rows, size)];
        arguments.Parts = (nint)context.Output(3, scratch).Data;
        _kernels.Launch(arguments, batch, rows, size, context.Stream);
    }
}
