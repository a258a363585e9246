using ALoRA.Onnx.Devices;
using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Models;
using ALoRA.Onnx.Tensors;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.ML.OnnxRuntime;

namespace ALoRA.Onnx.Training.Devices;

/// <summary>
/// What computes a training: a device, its memory, and the base's weights there, which are there once. The processor can take the place of
/// a device, for tests. Not thread-safe; disposed after all that is on it.
/// </summary>
internal sealed class TrainingDevice : IDisposable
{
    private const string Tf32 = "use_tf32";

    private readonly string _folder;
    private readonly int _threads;
    private readonly ModelSession? _model;
    private readonly SharedWeights? _weights;
    private readonly RunThread? _thread;
    private int _captures;

    /// <summary>Opens a device.</summary>
    /// <param name="model">The base. If it is on the same device, its weights there are used.</param>
    /// <param name="provider">What computes.</param>
    /// <param name="threads">Threads of one run on the processor.</param>
    /// <exception cref="InvalidOperationException">There is no such device.</exception>
    public TrainingDevice(LoadedModel model, ChosenProvider provider, int threads)
    {
        _folder = model.Folder;
        _threads = threads;
        Dictionary<string, string> options = new(provider.Options, StringComparer.Ordinal);

        // Tensor cores round float32 to 10 bits: gradients are then 2e-3 to 7e-3 off.
        options.TryAdd(Tf32, "0");
        Provider = provider.Device is null ? provider : provider with { Options = options };
        if (provider.Device is null)
        {
            Memory = TensorMemory.Host;
            return;
        }

        if (model.Session.Memory is DeviceMemory shared)
        {
            Memory = shared;
            _model = model.Session;
        }
        else
        {
            DeviceMemory memory = new(provider);
            Memory = memory;
            _weights = SharedWeights.Open(model.Folder, model.Manifest, WeightLoading.Map, memory, NullLogger.Instance);
        }

        _thread = new RunThread();
    }

    /// <summary>What computes.</summary>
    public ChosenProvider Provider { get; }

    /// <summary>Where all that is trained lies.</summary>
    public TensorMemory Memory { get; }

    /// <summary>Whether it is a device of its own, not the processor.</summary>
    public bool IsDevice => Provider.Device is not null;

    /// <summary>Opens a graph, which may read the base's weights.</summary>
    /// <param name="name">What it is, for messages.</param>
    /// <param name="content">The graph.</param>
    /// <returns>The session, which the caller disposes.</returns>
    /// <exception cref="ModelFormatException">ONNX Runtime refuses it.</exception>
    public InferenceSession Open(string name, byte[] content)
    {
        using SessionOptions options = new()
        {
            IntraOpNumThreads = _threads,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
            EnableMemoryPattern = false,
        };
        options.AddSessionConfigEntry("session.model_external_initializers_file_folder_path", _folder);
        options.AddSessionConfigEntry("session.use_device_allocator_for_initializers", "1");
        options.AddSessionConfigEntry("session.intra_op.spin_duration_us", "100");
        Provider.AppendTo(options, Provider.Captures ? SessionUse.Steps : SessionUse.LongRuns);
        try
        {
            return _model?.TryOpenDerived(name, content, options) ?? _weights?.OpenDerived(name, content, options)
                ?? new InferenceSession(content, options);
        }
        catch (OnnxRuntimeException exception)
        {
            throw new ModelFormatException(
                $"{_folder}: ONNX Runtime refuses {name} on {Provider.Name}: {exception.Message} Use --provider cpu, or --provider-option "
                + "enable_cuda_graph=0 if it is about capturing.",
                exception);
        }
    }

    /// <summary>A run of a graph, to be bound; captured where the device does that.</summary>
    public BoundRun Bind(InferenceSession session) => new(session, _thread, Provider.Captures ? ++_captures : null);

    /// <inheritdoc/>
    public void Dispose()
    {
        _thread?.Dispose();
        _weights?.Dispose();
    }
}
