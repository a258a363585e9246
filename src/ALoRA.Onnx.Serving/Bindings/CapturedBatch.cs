using System.Globalization;
using System.Runtime.InteropServices;
using ALoRA.Onnx.Adapters;
using ALoRA.Onnx.Adapters.Tables;
using ALoRA.Onnx.Devices;
using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Inference.Captures;
using ALoRA.Onnx.Models;
using ALoRA.Onnx.Serving.Slots;
using ALoRA.Onnx.Tensors;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Serving.Bindings;

/// <summary>
/// A batch on a device with fixed shapes and addresses. The first time it is run as any other, so that what is needed once costs no
/// capture; from the second time on it is replayed.
/// </summary>
/// <remarks>All inputs that change lie in one block of device memory, and in one of the process's memory that is copied there.</remarks>
internal sealed class CapturedBatch : BatchBinding
{
    private const string GraphId = "gpu_graph_id";
    private const int Alignment = 256;

    private readonly CapturedRuns _captures;
    private readonly InferenceSession _graph;
    private readonly OrtIoBinding _binding;
    private readonly RunOptions _plain = SessionFactory.CreateRunOptions();
    private readonly List<IDisposable> _owned = [];
    private readonly NativeTensor _host;
    private readonly MemoryTensor _device;
    private readonly OrtValue[] _uploadFrom;
    private readonly OrtValue[] _uploadTo;
    private readonly OrtValue[] _deviceLogits;
    private readonly LogitsBuffer _logits;
    private readonly int _maskBytes;
    private readonly int _placeCount;
    private RunOptions? _captured;
    private bool _ranBefore;

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
        _captures = captures;
        _maskBytes = stack is null ? 0 : rows * stack.Slots * ElementTypes.SizeOf(session.Type);
        _placeCount = table is null ? 0 : rows;
        _graph = table is not null ? session.FusedGraph(table) : stack is null ? captures.Graphs.Base : captures.Graphs.Adapted;
        _binding = _graph.CreateIoBinding();
        _host = Own(new NativeTensor(TensorElementType.UInt8, BlockSize));
        _device = Own(session.Memory.Allocate(TensorElementType.UInt8, BlockSize));
        (_uploadFrom, _uploadTo) = ([_host.Value], [_device.Value]);
        Bind(GraphSignature.InputIds, TensorElementType.Int64, 0, rows, 1);
        Bind(GraphSignature.LogitsPositions, TensorElementType.Int64, PositionAt, 1);
        Bind(GraphSignature.SequenceLengths, TensorElementType.Int32, LengthsAt, rows);
        if (stack is not null)
        {
            Bind(GraphSignature.ActivationMask, session.Type, MaskAt, rows, 1, stack.Slots);
        }

        if (table is not null)
        {
            Bind(GraphSignature.AdapterSlot, TensorElementType.Int32, MaskAt, rows, 1);
        }

        foreach ((string name, OrtValue value) in table?.Inputs ?? stack?.Inputs ?? [])
        {
            _binding.BindInput(name, value);
        }

        // Read by the processor when the run is launched, and frozen when it is captured: the operator accepts more rows than there are.
        NativeTensor total = Own(new NativeTensor(TensorElementType.Int32));
        Marshal.WriteInt32(total.Address, slots.Capacity);
        _binding.BindInput(GraphSignature.TotalSequenceLength, total.Value);
        MemoryTensor logits = Own(session.Memory.Allocate(session.Type, rows, 1, session.Manifest.VocabularySize));
        _deviceLogits = [logits.Value];
        _logits = Own(new LogitsBuffer(session.Type, rows, session.Manifest.VocabularySize, isBatch: true));
        _binding.BindOutput(GraphSignature.Logits, logits.Value);
        CacheBinding.Bind(session, Own(slots.Batch(first, rows)), _binding);
        _plain.AddRunConfigEntry(GraphId, "-1");
    }

    /// <inheritdoc/>
    protected override Span<long> Ids => MemoryMarshal.Cast<byte, long>(Block)[..Rows];

    /// <inheritdoc/>
    protected override Span<int> Lengths => MemoryMarshal.Cast<byte, int>(Block[LengthsAt..])[..Rows];

    /// <inheritdoc/>
    protected override Span<byte> Mask => Block.Slice(MaskAt, _maskBytes);

    /// <inheritdoc/>
    protected override Span<int> Places => MemoryMarshal.Cast<byte, int>(Block[MaskAt..])[.._placeCount];

    private unsafe Span<byte> Block => new((void*)_host.Address, BlockSize);

    private int PositionAt => Align(Rows * sizeof(long));

    private int LengthsAt => PositionAt + Alignment;

    private int MaskAt => LengthsAt + Align(Rows * sizeof(int));

    private int BlockSize => MaskAt + Align(Math.Max(Math.Max(_maskBytes, _placeCount * sizeof(int)), 1));

    /// <inheritdoc/>
    public override void Run(int wanted, int contextLength)
    {
        MemoryMarshal.Write(Block[PositionAt..], 0L);
        DeviceMemory.Copy(_uploadFrom, _uploadTo);
        bool captures = _ranBefore && _captured is null && TryPrepareCapture();
        _captures.Graphs.Thread.Run(_graph, _captured ?? _plain, _binding, captures);
        _ranBefore = true;
        DeviceMemory.Copy(_deviceLogits, _logits.AsArray);
        Session.CountRun(wanted);
    }

    /// <inheritdoc/>
    public override ReadOnlySpan<float> LogitsOf(int slot) => _logits.Row(slot - First);

    /// <inheritdoc/>
    public override void Dispose()
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
        if (_captures.TryTakeCapture() is not int id)
        {
            return false;
        }

        _captured = SessionFactory.CreateRunOptions();
        _captured.AddRunConfigEntry(GraphId, id.ToString(CultureInfo.InvariantCulture));
        return true;
    }

    private void Bind(string name, TensorElementType type, int offset, params ReadOnlySpan<long> shape) =>
        _binding.BindInput(name, Own(Session.Memory.Place(_device.Address + offset, type, shape)).Value);

    private T Own<T>(T disposable)
        where T : IDisposable
    {
        _owned.Add(disposable);
        return disposable;
    }

    private static int Align(int bytes) => (bytes + Alignment - 1) / Alignment * Alignment;
}
