using ALoRA.Onnx.Export.Adapters;
using ALoRA.Onnx.Export.Architectures;
using ALoRA.Onnx.Export.Checkpoints;
using ALoRA.Onnx.Export.Checks;
using ALoRA.Onnx.Export.Graphs;
using ALoRA.Onnx.Export.ModelFolders;
using ALoRA.Onnx.Export.Quantization;
using ALoRA.Onnx.Export.Settings;
using ALoRA.Onnx.Export.Weights;

namespace ALoRA.Onnx.Export;

/// <summary>An export before its first byte is written: everything checked, graphs built, data file laid out.</summary>
internal sealed record ExportDraft(
    CheckedCheckpoint Model,
    IReadOnlyDictionary<GraphKind, GraphBuilder> Graphs,
    WeightPlanner Weights,
    IReadOnlyList<AdapterGroup> Groups,
    IReadOnlyList<PeftAdapter> Adapters,
    bool HasAdapterBias,
    CalibrationPlan Calibration,
    GenAIConfig? GenAI,
    long DataLength,
    long AdapterLength)
{
    /// <summary>Disk space of weights and adapters, as far as it is known before they are converted.</summary>
    public long OutputBytes => DataLength + AdapterLength;

    /// <summary>Number of weights; tied weights count once.</summary>
    public long Parameters => Model.Used.Sum(tensor => tensor.ElementCount);

    /// <summary>Bytes of the checkpoint's tensors.</summary>
    public long CheckpointBytes => Model.Used.Sum(tensor => tensor.ByteLength);

    public static ExportDraft Of(Checkpoint checkpoint, PrecisionPlan precision, ExportOptions options)
    {
        CheckedCheckpoint model = CheckpointChecks.Check(checkpoint, precision, options);
        if (precision.IsMixed)
        {
            precision = precision with { Sensitive = SensitiveProjections.Of(model.Blueprint) };
        }

        WeightPlanner weights = new(checkpoint.Tensors, precision);
        IReadOnlyList<AdapterGroup> groups = AdapterGroupSelection.Select(model.Blueprint, options.AdapterGroups);
        PeftAdapter[] adapters = [.. options.Adapters.Select(adapter => PeftAdapter.Read(adapter.Folder))];
        bool bias = options.AdapterBias || adapters.Any(adapter => adapter.HasLoraBias);
        string? problem = FanoutSupport.Problem(model.Blueprint);
        Dictionary<GraphKind, GraphBuilder> graphs = [];
        foreach (GraphKind kind in Kinds(
            options, model.Blueprint, precision.Activations, hasBase: groups.Count > 0, hasFanout: problem is null))
        {
            graphs[kind] = new GraphBuilder(precision.Activations);
            DecoderGraph.Build(
                new DecoderContext(model.Blueprint, graphs[kind], weights, precision, bias, kind),
                kind is GraphKind.Base or GraphKind.Step ? [] : groups);
        }

        GenAIConfig? genAI = options.GenAI ? GenAIConfig.Of(checkpoint, model, precision.Activations) : null;
        model = model with
        {
            Warnings = [.. model.Warnings, .. problem is null || !options.Fanout ? [] : (string[])[problem], .. genAI?.Warnings ?? []],
        };
        long adapterLength = adapters.Sum(adapter => AdapterSize.Estimate(adapter, groups, precision.Activations));
        return new ExportDraft(
            model, graphs, weights, groups, adapters, bias, weights.PlanCalibration(), genAI, DataLayout.Assign(weights.Plans),
            adapterLength);
    }

    private static IEnumerable<GraphKind> Kinds(
        ExportOptions options, DecoderBlueprint blueprint, ActivationType activations, bool hasBase, bool hasFanout)
    {
        bool hasSteps = hasBase && options.Fused && (activations != ActivationType.Float32 || options.StepInFloat32);
        yield return GraphKind.Model;
        if (hasBase)
        {
            yield return GraphKind.Base;
        }

        if (hasBase && options.Fused)
        {
            yield return GraphKind.Fused;
            if (activations == ActivationType.Float32)
            {
                yield return GraphKind.FusedBFloat16;
                yield return GraphKind.Batch;
                yield return GraphKind.BatchBFloat16;
            }
        }

        if (hasSteps)
        {
            yield return GraphKind.Step;
        }

        if (options.Fanout && hasFanout)
        {
            yield return GraphKind.Fanout;
            if (hasSteps && FusedProduct.TakesBranches(blueprint))
            {
                yield return GraphKind.Branches;
            }
        }

        if (options.GenAI)
        {
            yield return GraphKind.GenAI;
        }
    }
}
