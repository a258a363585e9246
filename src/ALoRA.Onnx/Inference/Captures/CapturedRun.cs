using System.Globalization;
using System.Runtime.InteropServices;
using ALoRA.Onnx.Adapters;
using ALoRA.Onnx.Adapters.Tables;
using ALoRA.Onnx.Caching;
using ALoRA.Onnx.Devices;
using ALoRA.Onnx.Models;
using ALoRA.Onnx.Tensors;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Inference.Captures;

/// <summary>
/// A run with fixed shapes and addresses. The first time it is run as any other, so that what is needed
/// once costs no capture; from the second time on it is replayed. Not thread-safe.
/// </summary>
/// <remarks>
/// All inputs that change lie in one block of device memory, and in one of the process's memory that is copied there: one copy a run.
/// </remarks>
internal sealed class CapturedRun : IDisposable
{
    private const string GraphId = "gpu_graph_id";
    private const int Alignment = 256;

    private readonly CapturedRuns _owner;
    private readonly ModelSession _session;
    private readonly InferenceSession _graph;
    private readonly OrtIoBinding _binding;
    private readonly RunOptions _plain = SessionFactory.CreateRunOptions();
    private readonly List<IDisposable> _owned = [];
    private readonly NativeTensor _host;
    private readonly MemoryTensor _device;
    private readonly OrtValue[] _uploadFrom;
    private readonly OrtValue[] _uploadTo;
    private readonly OrtValue[] _logits;
    private readonly int _rows;
    private readonly bool _hasMask;
    private readonly bool _hasSlots;
    private RunOptions? _captured;
    private bool _ranBefore;

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
        _owner = owner;
        _session = session;
        _rows = rows;
        _hasMask = adapter is not null;
        _hasSlots = table is not null;
        _graph = table is not null ? session.FusedGraph(table) : adapter is null ? owner.Graphs.Base : owner.Graphs.Adapted;
        _binding = _graph.CreateIoBinding();
        _host = Own(new NativeTensor(TensorElementType.UInt8, BlockSize));
        _device = Own(session.Memory.Allocate(TensorElementType.UInt8, BlockSize));
        (_uploadFrom, _uploadTo) = ([_host.Value], [_device.Value]);
        Bind(GraphSignature.InputIds, TensorElementType.Int64, IdsAt, 1, rows);
        Bind(GraphSignature.LogitsPositions, TensorElementType.Int64, PositionAt, 1);
        Bind(GraphSignature.SequenceLengths, TensorElementType.Int32, LengthAt, 1);
        if (adapter is not null)
        {
            Bind(GraphSignature.ActivationMask, session.Type, MaskAt, 1, rows, 1);
        }

        if (table is not null)
        {
            Bind(GraphSignature.AdapterSlot, TensorElementType.Int32, MaskAt, 1, rows);
        }

        foreach ((string name, OrtValue value) in table?.Inputs ?? adapter?.Inputs ?? [])
        {
            _binding.BindInput(name, value);
        }

        // Read by the processor when the run is launched, and frozen when it is captured: the operator accepts more rows than there are.
        NativeTensor total = Own(new NativeTensor(TensorElementType.Int32));
        Marshal.WriteInt32(total.Address, buffers.Capacity);
        _binding.BindInput(GraphSignature.TotalSequenceLength, total.Value);
        MemoryTensor logits = Own(session.Memory.Allocate(session.Type, 1, 1, session.Manifest.VocabularySize));
        _logits = [logits.Value];
        _binding.BindOutput(GraphSignature.Logits, logits.Value);
        CacheBinding.Bind(session, buffers, _binding);
        _plain.AddRunConfigEntry(GraphId, "-1");
    }

    private static int IdsAt => 0;

    private int PositionAt => Align(_rows * sizeof(long));

    private int LengthAt => PositionAt + Alignment;

    private int MaskAt => LengthAt + Alignment;

    private int BlockSize => MaskAt + Align(_rows * Math.Max(ElementTypes.SizeOf(_session.Type), sizeof(int)));

    /// <summary>Computes rows.</summary>
    /// <param name="tokens">The ids, at most as many as this run has rows.</param>
    /// <param name="past">Rows before them.</param>
    /// <param name="adaptedFrom">Index of the first adapted row.</param>
    /// <param name="slot">The adapter's place, where there is a table.</param>
    /// <param name="logits">Receives the logits of the last id; null if nobody wants them.</param>
    public void Run(ReadOnlySpan<int> tokens, int past, int adaptedFrom, int slot, LogitsBuffer? logits)
    {
        Write(tokens, past, adaptedFrom, slot);
        DeviceMemory.Copy(_uploadFrom, _uploadTo);
        bool captures = _ranBefore && _captured is null && TryPrepareCapture();
        _owner.Graphs.Thread.Run(_graph, _captured ?? _plain, _binding, captures);
        _ranBefore = true;
        if (logits is not null)
        {
            DeviceMemory.Copy(_logits, logits.AsArray);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _binding.Dispose();
        _plain.Dispose();
        _captured?.Dispose();
        for (int i = _owned.Count - 1; i >= 0; i--)
        {
            _owned[i].Dispose();
        }
    }

    private bool TryPrepareCapture()
    {
        if (_owner.TryTakeCapture() is not int id)
        {
            return false;
        }

        _captured = SessionFactory.CreateRunOptions();
        _captured.AddRunConfigEntry(GraphId, id.ToString(CultureInfo.InvariantCulture));
        return true;
    }

    private unsafe void Write(ReadOnlySpan<int> tokens, int past, int adaptedFrom, int slot)
    {
        Span<byte> block = new((void*)_host.Address, BlockSize);
        Span<long> ids = MemoryMarshal.Cast<byte, long>(block)[.._rows];
        for (int i = 0; i < ids.Length; i++)
        {
            ids[i] = i < tokens.Length ? tokens[i] : 0;
        }

        MemoryMarshal.Write(block[PositionAt..], (long)tokens.Length - 1);
        MemoryMarshal.Write(block[LengthAt..], past + _rows - 1);
        if (_hasMask)
        {
            Span<byte> mask = block.Slice(MaskAt, _rows * ElementTypes.SizeOf(_session.Type));
            ElementTypes.FillMask(mask, _session.Type, adaptedFrom);
        }

        if (_hasSlots)
        {
            Span<int> slots = MemoryMarshal.Cast<byte, int>(block[MaskAt..])[.._rows];
            slots.Fill(slot);
            slots[..Math.Clamp(adaptedFrom, 0, _rows)].Fill(AdapterTable.NoSlot);
        }
    }

    private void Bind(string name, TensorElementType type, int offset, params ReadOnlySpan<long> shape)
    {
        OrtMemoryInfo memory = ((DeviceMemory)_session.Memory).Info;
        OrtValue view = Own(
            OrtValue.CreateTensorValueWithData(memory, type, shape.ToArray(), _device.Address + offset, ElementTypes.BytesOf(type, shape)));
        _binding.BindInput(name, view);
    }

    private T Own<T>(T disposable)
        where T : IDisposable
    {
        _owned.Add(disposable);
        return disposable;
    }

    private static int Align(int bytes) => (bytes + Alignment - 1) / Alignment * Alignment;
}
