using System.Globalization;
using ALoRA.Onnx.Devices;
using ALoRA.Onnx.Tensors;
using Microsoft.ML.OnnxRuntime;

namespace ALoRA.Onnx.Training.Devices;

/// <summary>
/// A graph with fixed inputs and outputs. On a device that captures, the first run is one as any other, so that memory is asked for before;
/// the second one is captured, and replayed from then on. ONNX Runtime repeats a run while it captures it. Not thread-safe.
/// </summary>
internal sealed class BoundRun : IDisposable
{
    private const string GraphId = "gpu_graph_id";

    private readonly InferenceSession _session;
    private readonly RunThread? _thread;
    private readonly int? _capture;
    private readonly OrtIoBinding _binding;
    private readonly RunOptions _plain = CreateOptions();
    private RunOptions? _captured;
    private bool _ranBefore;

    /// <summary>A run that is bound afterwards.</summary>
    /// <param name="session">The graph.</param>
    /// <param name="thread">The thread of all runs on the device; null on the processor.</param>
    /// <param name="capture">
    /// Number of the capture, from 1, of which a session has one only once; null for a run that is not captured.
    /// </param>
    public BoundRun(InferenceSession session, RunThread? thread, int? capture)
    {
        _session = session;
        _thread = thread;
        _capture = capture;
        _binding = session.CreateIoBinding();
        if (capture is not null)
        {
            _plain.AddRunConfigEntry(GraphId, "-1");
        }
    }

    /// <summary>Whether the next run costs no more than its kernels.</summary>
    public bool IsWarm => _ranBefore && (_capture is null || _captured is not null);

    /// <summary>Binds an input.</summary>
    public void BindInput(string name, MemoryTensor value) => _binding.BindInput(name, value.Value);

    /// <summary>Binds an output.</summary>
    public void BindOutput(string name, MemoryTensor value) => _binding.BindOutput(name, value.Value);

    /// <summary>Runs and waits.</summary>
    /// <exception cref="OnnxRuntimeException">The run failed.</exception>
    public void Run()
    {
        if (_thread is null)
        {
            _session.RunWithBinding(_plain, _binding);
            _ranBefore = true;
            return;
        }

        RunOptions? capturing = null;
        if (_ranBefore && _captured is null && _capture is { } number)
        {
            capturing = CreateOptions();
            capturing.AddRunConfigEntry(GraphId, number.ToString(CultureInfo.InvariantCulture));
        }

        try
        {
            _thread.Run(_session, capturing ?? _captured ?? _plain, _binding, capturing is not null);
        }
        catch
        {
            capturing?.Dispose();
            throw;
        }

        _captured ??= capturing;
        _ranBefore = true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _binding.Dispose();
        _plain.Dispose();
        _captured?.Dispose();
    }

    private static RunOptions CreateOptions() => new() { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
}
