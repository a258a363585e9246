using System.Runtime.InteropServices;
using ALoRA.Onnx.Adapters;
using ALoRA.Onnx.Adapters.Tables;
using ALoRA.Onnx.Caching;
using ALoRA.Onnx.Models;
using ALoRA.Onnx.Tensors;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Inference.Captures;

/// <summary>A captured run of a few rows of one cache. Not thread-safe.</summary>
internal sealed class CapturedRun : IDisposable
{
    private readonly TensorElementType _type;
    private readonly CapturedBlock _block;
    private readonly int _rows;
    private readonly bool _hasMask;
    private readonly bool _hasSlots;

    /// <summary>Binds everything.</summary>
    /// <param name="owner">The graphs.</param>
    /// <param name="session">Sizes and types.</param>
    /// <param name="buffers">The cache's buffers, which own this object.</param>
    /// <param name="adapter">
    /// The adapter, which must be loaded whenever this is run; null for the base, and where there is a table.
    /// </param>
    /// <param name="table">The adapters by place, of whom one is held whenever this is run; null for the base or one adapter.</param>
    /// <param name="rows">Rows of a run.</param>
    public CapturedRun(
        CapturedRuns owner, ModelSession session, KvBuffers buffers, AdapterWeights? adapter, AdapterTable? table, int rows)
    {
        _type = session.Type;
        _rows = rows;
        _hasMask = adapter is not null;
        _hasSlots = table is not null;
        InferenceSession graph =
            table is not null ? session.FusedGraph(table) : adapter is null ? owner.Graphs.BaseFor(rows) : owner.Graphs.Adapted;
        int bytes = MaskAt + CapturedBlock.Align(rows * Math.Max(ElementTypes.SizeOf(_type), sizeof(int)));
        _block = new CapturedBlock(owner, session, graph, buffers, table?.Inputs ?? adapter?.Inputs ?? [], logitsRows: 1, bytes);
        _block.Bind(GraphSignature.InputIds, TensorElementType.Int64, 0, 1, rows);
        _block.Bind(GraphSignature.LogitsPositions, TensorElementType.Int64, PositionAt, 1);
        _block.Bind(GraphSignature.SequenceLengths, TensorElementType.Int32, LengthAt, 1);
        if (_hasMask)
        {
            _block.Bind(GraphSignature.ActivationMask, _type, MaskAt, 1, rows, 1);
        }

        if (_hasSlots)
        {
            _block.Bind(GraphSignature.AdapterSlot, TensorElementType.Int32, MaskAt, 1, rows);
        }
    }

    private int PositionAt => CapturedBlock.Align(_rows * sizeof(long));

    private int LengthAt => PositionAt + CapturedBlock.Align(sizeof(long));

    private int MaskAt => LengthAt + CapturedBlock.Align(sizeof(int));

    /// <summary>Computes rows.</summary>
    /// <param name="tokens">The ids, at most as many as this run has rows.</param>
    /// <param name="past">Rows before them.</param>
    /// <param name="adaptedFrom">Index of the first adapted row.</param>
    /// <param name="slot">The adapter's place, where there is a table.</param>
    /// <param name="logits">Receives the logits of the last id; null if nobody wants them.</param>
    public void Run(ReadOnlySpan<int> tokens, int past, int adaptedFrom, int slot, LogitsBuffer? logits)
    {
        Write(tokens, past, adaptedFrom, slot);
        _block.Run();
        if (logits is not null)
        {
            _block.CopyLogits(logits);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _block.Dispose();

    private void Write(ReadOnlySpan<int> tokens, int past, int adaptedFrom, int slot)
    {
        Span<byte> bytes = _block.Bytes;
        Span<long> ids = MemoryMarshal.Cast<byte, long>(bytes)[.._rows];
        for (int i = 0; i < ids.Length; i++)
        {
            ids[i] = i < tokens.Length ? tokens[i] : 0;
        }

        MemoryMarshal.Write(bytes[PositionAt..], (long)tokens.Length - 1);
        MemoryMarshal.Write(bytes[LengthAt..], past + _rows - 1);
        if (_hasMask)
        {
            ElementTypes.FillMask(bytes.Slice(MaskAt, _rows * ElementTypes.SizeOf(_type)), _type, adaptedFrom);
        }

        if (_hasSlots)
        {
            AdapterTable.FillPlaces(MemoryMarshal.Cast<byte, int>(bytes[MaskAt..])[.._rows], slot, adaptedFrom);
        }
    }
}
