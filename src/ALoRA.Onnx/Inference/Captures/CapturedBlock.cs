using System.Globalization;
using System.Runtime.InteropServices;
using ALoRA.Onnx.Caching;
using ALoRA.Onnx.Devices;
using ALoRA.Onnx.Models;
using ALoRA.Onnx.Tensors;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Inference.Captures;

/// <summary>
/// A run with fixed shapes and addresses. The first time it is run as any other, so that what is needed once costs no capture; the
/// second time it is captured, and replayed from then on. Not thread-safe.
/// </summary>
/// <remarks>
/// All inputs that change lie in one block of device memory, and in one of the process's memory that is copied there: one copy a run.
/// </remarks>
internal sealed class CapturedBlock : IDisposable
{
    private const string GraphId = "gpu_graph_id";
    private const int Alignment = 256;

    private readonly CapturedRuns _captures;
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
    private readonly int _bytes;
    private RunOptions? _captured;
    private bool _ranBefore;

    /// <summary>Binds what does not change.</summary>
    /// <param name="captures">Numbers of captures, and the thread that runs them.</param>
    /// <param name="session">Sizes and types.</param>
    /// <param name="graph">What is run.</param>
    /// <param name="buffers">Keys and values; not owned.</param>
    /// <param name="adapters">Weights by input, which are loaded whenever this is run.</param>
    /// <param name="logitsRows">Rows of logits.</param>
    /// <param name="bytes">Size of the block of inputs that change.</param>
    public CapturedBlock(
        CapturedRuns captures, ModelSession session, InferenceSession graph, KvBuffers buffers,
        IReadOnlyList<(string InputName, OrtValue Value)> adapters, int logitsRows, int bytes)
    {
        _captures = captures;
        _session = session;
        _graph = graph;
        _bytes = bytes;
        _binding = graph.CreateIoBinding();
        _host = Own(new NativeTensor(TensorElementType.UInt8, bytes));
        _device = Own(session.Memory.Allocate(TensorElementType.UInt8, bytes));
        (_uploadFrom, _uploadTo) = ([_host.Value], [_device.Value]);
        foreach ((string name, OrtValue value) in adapters)
        {
            _binding.BindInput(name, value);
        }

        // Read by the processor when the run is launched, and frozen when it is captured: the operator accepts more rows than there are.
        NativeTensor total = Own(new NativeTensor(TensorElementType.Int32));
        Marshal.WriteInt32(total.Address, buffers.Capacity);
        _binding.BindInput(GraphSignature.TotalSequenceLength, total.Value);
        MemoryTensor logits = Own(session.Memory.Allocate(session.Type, logitsRows, 1, session.Manifest.VocabularySize));
        _logits = [logits.Value];
        _binding.BindOutput(GraphSignature.Logits, logits.Value);
        CacheBinding.Bind(session, buffers, _binding);
        _plain.AddRunConfigEntry(GraphId, "-1");
    }

    /// <summary>The inputs that change, in the process's memory.</summary>
    public unsafe Span<byte> Bytes => new((void*)_host.Address, _bytes);

    /// <summary>Where the next input may begin.</summary>
    public static int Align(int bytes) => (bytes + Alignment - 1) / Alignment * Alignment;

    /// <summary>Binds an input to a place in the block.</summary>
    /// <param name="name">The input.</param>
    /// <param name="type">Its element type.</param>
    /// <param name="offset">Where it begins; see <see cref="Align"/>.</param>
    /// <param name="shape">Its shape.</param>
    public void Bind(string name, TensorElementType type, int offset, params ReadOnlySpan<long> shape) =>
        _binding.BindInput(name, Own(_session.Memory.Place(_device.Address + offset, type, shape)).Value);

    /// <summary>Copies the block to the device and runs.</summary>
    /// <exception cref="OnnxRuntimeException">The run, or its capture, failed; the next one is not a replay of it.</exception>
    public void Run()
    {
        DeviceMemory.Copy(_uploadFrom, _uploadTo);
        RunOptions? capturing = _ranBefore && _captured is null ? PrepareCapture() : null;
        try
        {
            _captures.Graphs.Thread.Run(_graph, capturing ?? _captured ?? _plain, _binding, capturing is not null);
        }
        catch
        {
            capturing?.Dispose();
            throw;
        }

        _captured ??= capturing;
        _ranBefore = true;
    }

    /// <summary>Copies the logits of the last run to the process's memory.</summary>
    public void CopyLogits(LogitsBuffer logits) => DeviceMemory.Copy(_logits, logits.AsArray);

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

    private RunOptions? PrepareCapture()
    {
        if (_captures.TryTakeCapture() is not int id)
        {
            return null;
        }

        RunOptions options = SessionFactory.CreateRunOptions();
        options.AddRunConfigEntry(GraphId, id.ToString(CultureInfo.InvariantCulture));
        return options;
    }

    private T Own<T>(T disposable)
        where T : IDisposable
    {
        _owned.Add(disposable);
        return disposable;
    }
}
