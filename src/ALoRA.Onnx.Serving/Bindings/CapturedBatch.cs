using System.Runtime.InteropServices;
using ALoRA.Onnx.Adapters;
using ALoRA.Onnx.Adapters.Tables;
using ALoRA.Onnx.Caching;
using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Inference.Captures;
using ALoRA.Onnx.Models;
using ALoRA.Onnx.Serving.Slots;
using ALoRA.Onnx.Tensors;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Serving.Bindings;

/// <summary>A batch on a device, captured.</summary>
internal sealed class CapturedBatch : BatchBinding
{
    private readonly CapturedBlock _block;
    private readonly KvBuffers _buffers;
    private readonly LogitsBuffer _logits;
    private readonly int _maskBytes;
    private readonly int _placeCount;

    /// <summary>Binds everything.</summary>
    /// <param name="session">The graphs.</param>
    /// <param name="captures">The graphs for captured runs.</param>
    /// <param name="slots">The class.</param>
    /// <param name="first">The first slot of a run.</param>
    /// <param name="rows">Slots of a run.</param>
    /// <param name="stack">The adapters, which stay loaded as long as this is run; null for the base, and where there is a table.</param>
    /// <param name="table">The adapters by place; null for the base, and where there is a stack.</param>
    public CapturedBatch(
        ModelSession session, CapturedRuns captures, SlotClass slots, int first, int rows, AdapterStack? stack, AdapterTable? table)
        : base(session, slots, first, rows, stack, table)
    {
        _maskBytes = stack is null ? 0 : rows * stack.Slots * ElementTypes.SizeOf(session.Type);
        _placeCount = table is null ? 0 : rows;
        InferenceSession graph =
            table is not null ? session.FusedGraph(table) : stack is null ? captures.Graphs.BaseFor(rows) : captures.Graphs.Adapted;
        _buffers = slots.Batch(first, rows);
        _logits = new LogitsBuffer(session.Type, rows, session.Manifest.VocabularySize, isBatch: true);
        int bytes = MaskAt + CapturedBlock.Align(Math.Max(Math.Max(_maskBytes, _placeCount * sizeof(int)), 1));
        _block = new CapturedBlock(captures, session, graph, _buffers, table?.Inputs ?? stack?.Inputs ?? [], rows, bytes);
        _block.Bind(GraphSignature.InputIds, TensorElementType.Int64, 0, rows, 1);
        _block.Bind(GraphSignature.LogitsPositions, TensorElementType.Int64, PositionAt, 1);
        _block.Bind(GraphSignature.SequenceLengths, TensorElementType.Int32, LengthsAt, rows);
        if (stack is not null)
        {
            _block.Bind(GraphSignature.ActivationMask, session.Type, MaskAt, rows, 1, stack.Slots);
        }

        if (table is not null)
        {
            _block.Bind(GraphSignature.AdapterSlot, TensorElementType.Int32, MaskAt, rows, 1);
        }
    }

    /// <inheritdoc/>
    protected override Span<long> Ids => MemoryMarshal.Cast<byte, long>(_block.Bytes)[..Rows];

    /// <inheritdoc/>
    protected override Span<int> Lengths => MemoryMarshal.Cast<byte, int>(_block.Bytes[LengthsAt..])[..Rows];

    /// <inheritdoc/>
    protected override Span<byte> Mask => _block.Bytes.Slice(MaskAt, _maskBytes);

    /// <inheritdoc/>
    protected override Span<int> Places => MemoryMarshal.Cast<byte, int>(_block.Bytes[MaskAt..])[.._placeCount];

    private int PositionAt => CapturedBlock.Align(Rows * sizeof(long));

    private int LengthsAt => PositionAt + CapturedBlock.Align(sizeof(long));

    private int MaskAt => LengthsAt + CapturedBlock.Align(Rows * sizeof(int));

    /// <inheritdoc/>
    public override void Run(int wanted, int contextLength)
    {
        MemoryMarshal.Write(_block.Bytes[PositionAt..], 0L);
        _block.Run();
        _block.CopyLogits(_logits);
        Session.CountRun(wanted);
    }

    /// <inheritdoc/>
    public override ReadOnlySpan<float> LogitsOf(int slot) => _logits.Row(slot - First);

    /// <inheritdoc/>
    public override void Dispose()
    {
        _block.Dispose();
        _logits.Dispose();
        _buffers.Dispose();
    }
}
