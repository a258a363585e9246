using System.Diagnostics;
using System.Reflection;
using ALoRA.Onnx.Export.Architectures;
using ALoRA.Onnx.Export.Checkpoints;
using ALoRA.Onnx.Export.Checks;
using ALoRA.Onnx.Export.Graphs;
using ALoRA.Onnx.Export.ModelFolders;
using ALoRA.Onnx.Export.Precision;
using ALoRA.Onnx.Export.Weights;
using Google.Protobuf;

namespace ALoRA.Onnx.Export;

/// <summary>The walk of one checkpoint: configuration, checks, graph and weight plans, data file, folder.</summary>
internal sealed class ExportJob(string checkpointPath, string outputFolder, ExportOptions options, PrecisionPlan precision, IProgress<ExportProgress>? progress)
{
    private static readonly string Version =
        typeof(ExportJob).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0.0.0";

    private readonly ProgressMeter _meter = new(progress);

    public ExportReport Run(CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        _meter.Begin(ExportStage.Check, 0);
        using Checkpoint checkpoint = CheckpointReader.Open(checkpointPath);
        CheckedCheckpoint model = CheckpointChecks.Check(checkpoint, precision, options);
        GraphBuilder graph = new(precision.Activations);
        WeightPlanner weights = new(checkpoint.Tensors, precision);
        IReadOnlyList<AdapterGroup> groups = AdapterGroupSelection.Select(model.Blueprint, options.AdapterGroups);
        DecoderGraph.Build(new DecoderContext(model.Blueprint, graph, weights, precision), groups);
        long dataLength = DataLayout.Assign(weights.Plans);
        BaseIdentity identity = CheckpointFingerprint.Compute(checkpoint, model.Used, cancellationToken);

        using PartialFolder folder = PartialFolder.Create(outputFolder, options.Overwrite, dataLength);
        _meter.Begin(ExportStage.Weights, weights.Plans.Sum(plan => plan.SourceByteLength));
        DataFileWriter.Write(folder[ModelFolderFiles.Weights], dataLength, weights.Plans, _meter.Add, cancellationToken);
        _meter.Begin(ExportStage.Finish, 0);
        folder.WriteFile(ModelFolderFiles.Graph, graph.Build(Version, ModelFolderFiles.Weights).ToByteArray());
        folder.WriteFile(
            ModelFolderFiles.Manifest,
            ManifestWriter.Write(new Manifest(Version, checkpoint.Name, identity, model.Config, model.Blueprint, precision, groups, dataLength)));
        foreach ((string name, ReadOnlyMemory<byte> content) in checkpoint.CompanionFiles)
        {
            folder.WriteFile(name, content.Span);
        }

        cancellationToken.ThrowIfCancellationRequested();
        IReadOnlyList<ExportedFile> files = folder.Files();
        folder.Commit();
        return new ExportReport
        {
            Folder = outputFolder,
            Architecture = model.Blueprint.Architecture,
            Files = files,
            Parameters = model.Used.Sum(tensor => tensor.ElementCount),
            Tensors = model.Used.Count,
            CheckpointBytes = model.Used.Sum(tensor => tensor.ByteLength),
            Warnings = model.Warnings,
            Duration = Stopwatch.GetElapsedTime(started),
        };
    }
}
