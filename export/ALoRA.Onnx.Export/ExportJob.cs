using System.Diagnostics;
using System.Reflection;
using ALoRA.Onnx.Export.Calibration;
using ALoRA.Onnx.Export.Graphs;
using ALoRA.Onnx.Export.ModelFolders;
using ALoRA.Onnx.Export.Output;
using ALoRA.Onnx.Export.Settings;
using ALoRA.Onnx.Export.Weights;
using Google.Protobuf;

namespace ALoRA.Onnx.Export;

/// <summary>The walk of one checkpoint: configuration, checks, graph and weight plans, data file, folder.</summary>
internal sealed class ExportJob(string checkpointPath, string outputFolder, ExportOptions options, PrecisionPlan precision, IProgress<ExportProgress>? progress)
{
    private static readonly string Version =
        typeof(ExportJob).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0.0.0";

    private readonly ProgressMeter _meter = new(progress);

    public async Task<ExportReport> RunAsync(CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        _meter.Begin(ExportStage.Check, 0);
        using Checkpoint checkpoint = CheckpointReader.Open(checkpointPath);
        ExportDraft draft = ExportDraft.Of(checkpoint, precision, options);
        BaseIdentity identity = CheckpointFingerprint.Compute(checkpoint, draft.Model.Used, cancellationToken);

        long companionLength = checkpoint.CompanionFiles.Values.Sum(content => (long)content.Length);
        using PartialFolder folder = PartialFolder.Create(outputFolder, options.Overwrite, draft.OutputBytes + companionLength);
        foreach ((string name, ReadOnlyMemory<byte> content) in checkpoint.CompanionFiles)
        {
            folder.WriteFile(name, content.Span);
        }

        folder.WriteFile(
            ModelFolderFiles.Manifest,
            ManifestWriter.Write(new Manifest(
                Version, checkpoint.Name, identity, draft.Model.Config, draft.Model.Blueprint, precision, draft.Parameters, draft.Groups,
                draft.HasAdapterBias, [.. draft.Graphs.Keys], draft.DataLength)));
        List<string> warnings = [.. draft.Model.Warnings];
        await ConvertAdaptersAsync(folder, warnings, cancellationToken).ConfigureAwait(false);

        using CalibratedWeights calibrated = draft.Calibrated;
        using TemporaryScratch? scratch = Calibrate(draft, checkpoint, folder, cancellationToken);
        _meter.Begin(ExportStage.Weights, draft.Weights.Plans.Sum(plan => plan.SourceByteLength));
        DataFileWriter.Write(folder[ModelFolderFiles.Weights], draft.DataLength, draft.Weights.Plans, _meter.Add, cancellationToken);
        _meter.Begin(ExportStage.Finish, 0);
        foreach ((GraphKind kind, GraphBuilder graph) in draft.Graphs)
        {
            folder.WriteFile(kind.FileName(), graph.Build(Version, ModelFolderFiles.Weights).ToByteArray());
        }

        if (draft.GenAI is not null)
        {
            folder.WriteFile(ModelFolderFiles.GenAIConfig, GenAIConfigWriter.Write(draft.GenAI));
        }

        cancellationToken.ThrowIfCancellationRequested();
        calibrated.Dispose();
        scratch?.Dispose();
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
            Warnings = warnings,
            Duration = Stopwatch.GetElapsedTime(started),
        };
    }

    private TemporaryScratch? Calibrate(ExportDraft draft, Checkpoint checkpoint, PartialFolder folder, CancellationToken cancellationToken)
    {
        if (draft.Calibrated.Targets.Count == 0)
        {
            return null;
        }

        _meter.Begin(ExportStage.Calibrate, draft.Calibrated.SourceByteLength);
        TemporaryScratch scratch = new(folder["calibration"]);
        new CalibrationPass(draft.Model.Blueprint, checkpoint.Tensors, draft.Calibrated, options.Calibration!, _meter)
            .Run(folder.Path, scratch.Path, cancellationToken);
        return scratch;
    }

    // Before the weights, so that an adapter that does not fit costs no waiting.
    private async Task ConvertAdaptersAsync(PartialFolder folder, List<string> warnings, CancellationToken cancellationToken)
    {
        foreach (ExportAdapter adapter in options.Adapters)
        {
            AdapterReport report = await AdapterConverter.ConvertAsync(
                adapter.Folder, folder.Path, adapter.Name, options: null, progress: null, cancellationToken).ConfigureAwait(false);
            warnings.AddRange(report.Warnings.Select(warning => $"adapter '{report.Name}': {warning}"));
        }
    }
}
