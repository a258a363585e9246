using System.Diagnostics;
using System.Reflection;
using ALoRA.Onnx.Export.Checkpoints;
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
        ExportDraft draft = ExportDraft.Of(checkpoint, precision, options);
        BaseIdentity identity = CheckpointFingerprint.Compute(checkpoint, draft.Model.Used, cancellationToken);

        using PartialFolder folder = PartialFolder.Create(outputFolder, options.Overwrite, draft.DataLength);
        _meter.Begin(ExportStage.Weights, draft.Weights.Plans.Sum(plan => plan.SourceByteLength));
        DataFileWriter.Write(folder[ModelFolderFiles.Weights], draft.DataLength, draft.Weights.Plans, _meter.Add, cancellationToken);
        _meter.Begin(ExportStage.Finish, 0);
        folder.WriteFile(ModelFolderFiles.Graph, draft.Graph.Build(Version, ModelFolderFiles.Weights).ToByteArray());
        folder.WriteFile(
            ModelFolderFiles.Manifest,
            ManifestWriter.Write(new Manifest(Version, checkpoint.Name, identity, draft.Model.Config, draft.Model.Blueprint, precision, draft.Groups, draft.DataLength)));
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
            Architecture = draft.Model.Blueprint.Architecture,
            Files = files,
            Parameters = draft.Parameters,
            Tensors = draft.Model.Used.Count,
            CheckpointBytes = draft.CheckpointBytes,
            Warnings = draft.Model.Warnings,
            Duration = Stopwatch.GetElapsedTime(started),
        };
    }
}
