using ALoRA.Onnx.Devices;
using ALoRA.Onnx.Export.Training;
using ALoRA.Onnx.Operators;
using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;

namespace ALoRA.Onnx.Training.Graphs;

/// <summary>A training graph that is open on ONNX Runtime, over the data file of its model folder.</summary>
internal sealed class GradientGraph : IDisposable
{
    private readonly InferenceSession _session;
    private readonly RunOptions _options = new() { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };

    private GradientGraph(TrainingGraph graph, InferenceSession session, bool sharesWeights)
    {
        Graph = graph;
        _session = session;
        SharesWeights = sharesWeights;
    }

    /// <summary>Whether it reads the weights of the base, and what the base has packed of them.</summary>
    public bool SharesWeights { get; }

    /// <summary>What it is.</summary>
    public TrainingGraph Graph { get; }

    /// <summary>Makes the graph of a folder and opens it.</summary>
    /// <param name="folder">The model folder.</param>
    /// <param name="file">Its graph.</param>
    /// <param name="layout">What is trained.</param>
    /// <param name="options">How it runs.</param>
    /// <param name="provider">What computes.</param>
    /// <param name="packs">Whether weights are packed though no other graph has packed them.</param>
    /// <exception cref="ModelFormatException">ONNX Runtime refuses it.</exception>
    public static GradientGraph Open(
        string folder, string file, TrainingLayout layout, TrainingSessionOptions options, ChosenProvider provider, bool packs)
    {
        OperatorDomain? operators =
            options.DecodedRows is not null && provider.Device is null ? OperatorSupport.CpuTrainings().Domain : null;
        TrainingGraph graph = TrainingGraph.Read(
            Path.Combine(folder, file), layout with { DecodedRows = operators is null ? null : options.DecodedRows });
        using SessionOptions session = new()
        {
            IntraOpNumThreads = options.Threads,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,

            // The optimizer would decode weights at once, and rewrites nothing here that pays.
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,

            // A pattern is kept for every shape that was ever seen.
            EnableMemoryPattern = false,
        };
        session.AddSessionConfigEntry("session.model_external_initializers_file_folder_path", folder);
        session.AddSessionConfigEntry("session.use_device_allocator_for_initializers", "1");
        session.AddSessionConfigEntry("session.intra_op.spin_duration_us", "100");
        provider.AppendTo(session, SessionUse.LongRuns);
        operators?.AddTo(session);
        byte[] content = graph.Model.ToByteArray();
        try
        {
            // What the base's graphs have packed is there already, and is the same for every graph that multiplies by it.
            if (options.Prepacking && options.Base?.TryOpenDerived("the training graph", content, session) is { } shared)
            {
                return new GradientGraph(graph, shared, sharesWeights: true);
            }

            if (!packs)
            {
                session.AddSessionConfigEntry("session.disable_prepacking", "1");
            }

            return new GradientGraph(graph, new InferenceSession(content, session), sharesWeights: false);
        }
        catch (OnnxRuntimeException exception)
        {
            throw new ModelFormatException(
                $"{Path.Combine(folder, file)}: ONNX Runtime refuses the training graph made of it: {exception.Message} Export the model "
                + "again with `alora export`.",
                exception);
        }
    }

    /// <summary>Runs it.</summary>
    /// <param name="inputs">All inputs but A and B.</param>
    /// <param name="parameters">A and B by name.</param>
    /// <param name="gradients">Where gradients go, by name; empty for none.</param>
    /// <param name="largest">Where the ids of the largest logits go, <c>[B, n]</c>.</param>
    /// <returns>The loss.</returns>
    public double Run(
        BatchInputs inputs, IReadOnlyDictionary<string, OrtValue> parameters, IReadOnlyDictionary<string, OrtValue> gradients,
        long[] largest)
    {
        float[] loss = new float[1];
        using OrtValue lossValue = OrtValue.CreateTensorValueFromMemory(loss, []);
        using OrtValue largestValue = OrtValue.CreateTensorValueFromMemory(
            largest, [inputs.Shape.Count, inputs.Shape.Heads]);
        _session.Run(
            _options, [.. inputs.Names, .. parameters.Keys], [.. inputs.Values, .. parameters.Values],
            [TrainingGraph.Loss, TrainingGraph.Largest, .. gradients.Keys], [lossValue, largestValue, .. gradients.Values]);
        return loss[0];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _session.Dispose();
        _options.Dispose();
    }
}
