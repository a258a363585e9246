using ALoRA.Onnx.Devices;
using ALoRA.Onnx.Operators;
using Microsoft.ML.OnnxRuntime;

namespace ALoRA.Onnx.Models;

/// <summary>Opens graphs: the one place that chooses execution provider, threads, memory and log level.</summary>
internal static class SessionFactory
{
    /// <summary>Opens a graph.</summary>
    /// <param name="graph">Path of the <c>.onnx</c> file.</param>
    /// <param name="threads">Threads of one run.</param>
    /// <param name="provider">What computes.</param>
    /// <param name="use">How a device will run it.</param>
    /// <param name="weights">
    /// Weights that several graphs share, which must outlive the session; null lets ONNX Runtime read them for this graph alone.
    /// </param>
    /// <param name="cancellationToken">Ends the load between two of ONNX Runtime's steps.</param>
    /// <param name="operators">Operators that the graph has besides ONNX Runtime's own; null for none.</param>
    /// <exception cref="ModelFormatException">ONNX Runtime refuses the graph.</exception>
    /// <exception cref="InvalidOperationException">The native ONNX Runtime can't be loaded.</exception>
    public static InferenceSession Open(
        string graph, int threads, ChosenProvider provider, SessionUse use, SharedWeights? weights, CancellationToken cancellationToken,
        OperatorDomain? operators = null)
    {
        using SessionOptions options = new()
        {
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            // Each overridable initializer (A and B of every layer) costs a warning at load.
            // Runs log at warning level again, see RunOptionsOf.
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
            // A pattern is kept for every prompt length that was ever seen; with lengths that never repeat that is a leak.
            EnableMemoryPattern = false,
        };
        // The arena grows by powers of two: weights packed into it would reserve up to twice their size.
        options.AddSessionConfigEntry("session.use_device_allocator_for_initializers", "1");
        // Threads of one graph that still wait for work, spinning, take the processor from the next graph of the model.
        // Between the nodes of a run 100 µs are enough.
        options.AddSessionConfigEntry("session.intra_op.spin_duration_us", "100");
        // It folds a multiplier into a product wherever no adapter stands between them,
        // so that the base's numbers would depend on the graph that computes them.
        options.AddSessionConfigEntry("optimization.disable_specified_optimizers", "MatMulScaleFusion");
        if (use == SessionUse.LongRuns)
        {
            options.AddSessionConfigEntry("mlas.qnbit.force_fp32", "1");
        }

        provider.AppendTo(options, use);
        operators?.AddTo(options);
        using CancellationTokenRegistration registration = cancellationToken.Register(() => options.SetLoadCancellationFlag(true));
        try
        {
            return weights is null ? new InferenceSession(graph, options) : weights.OpenSession(graph, options);
        }
        catch (OnnxRuntimeException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (OnnxRuntimeException exception)
        {
            throw new ModelFormatException(
                $"{graph}: ONNX Runtime refuses the graph: {exception.Message} Export the model again with `alora export`.", exception);
        }
    }

    /// <summary>Options of the runs of one sequence. The caller disposes them.</summary>
    public static RunOptions CreateRunOptions() => new() { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_WARNING };

    /// <summary>Loads the native library, before anything else is asked of it.</summary>
    /// <exception cref="InvalidOperationException">The native ONNX Runtime can't be loaded.</exception>
    public static void CheckNativeRuntime()
    {
        try
        {
            RuntimeTelemetry.TurnOff();
            OrtEnv.Instance();
        }
        catch (Exception exception)
            when (exception is TypeInitializationException or DllNotFoundException or EntryPointNotFoundException
                or BadImageFormatException)
        {
            throw new InvalidOperationException(
                "The native ONNX Runtime library could not be loaded. ALoRA.Onnx references only its managed binding: add the package "
                + "Microsoft.ML.OnnxRuntime (CPU) or "
                + $"Microsoft.ML.OnnxRuntime.Gpu to the program. Cause: {(exception.InnerException ?? exception).Message}",
                exception);
        }
    }
}
