using ALoRA.Onnx.Export.Adapters;
using ALoRA.Onnx.Export.Architectures;
using ALoRA.Onnx.Export.Calibration;
using ALoRA.Onnx.Export.Checkpoints;
using ALoRA.Onnx.Export.Checks;
using ALoRA.Onnx.Export.Graphs;
using ALoRA.Onnx.Export.ModelFolders;
using ALoRA.Onnx.Export.Precision;
using ALoRA.Onnx.Export.Weights;

namespace ALoRA.Onnx.Export;

/// <summary>An export before its first byte is written: everything checked, graph built, data file laid out.</summary>
internal sealed record ExportDraft(
    CheckedCheckpoint Model,
    GraphBuilder Graph,
    WeightPlanner Weights,
    IReadOnlyList<AdapterGroup> Groups,
    bool HasAdapterBias,
    CalibratedWeights Calibrated,
    long DataLength)
{
    /// <summary>Number of weights; tied weights count once.</summary>
    public long Parameters => Model.Used.Sum(tensor => tensor.ElementCount);

    /// <summary>Bytes of the checkpoint's tensors.</summary>
    public long CheckpointBytes => Model.Used.Sum(tensor => tensor.ByteLength);

    public static ExportDraft Of(Checkpoint checkpoint, PrecisionPlan precision, ExportOptions options)
    {
        CheckedCheckpoint model = CheckpointChecks.Check(checkpoint, precision, options);
        GraphBuilder graph = new(precision.Activations);
        if (precision.IsMixed)
        {
            precision = precision with { Sensitive = SensitiveProjections.Of(model.Blueprint) };
        }

        CalibratedWeights calibrated = new(precision.Activations);
        WeightPlanner weights = new(checkpoint.Tensors, precision, calibrated);
        IReadOnlyList<AdapterGroup> groups = AdapterGroupSelection.Select(model.Blueprint, options.AdapterGroups);
        bool bias = options.AdapterBias || options.Adapters.Any(adapter => PeftAdapter.Read(adapter.Folder).HasLoraBias);
        DecoderGraph.Build(new DecoderContext(model.Blueprint, graph, weights, precision, bias), groups);
        return new ExportDraft(model, graph, weights, groups, bias, calibrated, DataLayout.Assign(weights.Plans));
    }
}
