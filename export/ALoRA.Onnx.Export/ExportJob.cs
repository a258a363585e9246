using System.Diagnostics;
using System.Reflection;
using ALoRA.Onnx.Export.Adapters;
using ALoRA.Onnx.Export.Calibration;
using ALoRA.Onnx.Export.Checkpoints;
using ALoRA.Onnx.Export.Graphs;
using ALoRA.Onnx.Export.ModelFolders;
using ALoRA.Onnx.Export.Output;
using ALoRA.Onnx.Export.Quantization;
using ALoRA.Onnx.Export.Settings;
using ALoRA.Onnx.Export.Weights;
using Google.Protobuf;

namespace ALoRA.Onnx.Export;

/// <summary>The walk of one checkpoint: configuration, checks, graph and weight plans, data file, folder.</summary>
internal sealed class ExportJob(
    string checkpointPath, string outputFolder, ExportOptions options, PrecisionPlan precision, IProgress<ExportProgress>? progress)
{
    private static readonly string Version =
        typeof(ExportJob).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]
            ?? "0.0.0";

    private readonly ProgressMeter _meter = new(progress);

    public ExportReport Run(CancellationToken cancellationToken)
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

        Manifest manifest = new(
            Version, checkpoint.Name, identity, draft.Model.Config, draft.Model.Blueprint, precision, draft.Parameters, draft.Groups,
            draft.HasAdapterBias, [.. draft.Graphs.Keys], draft.DataLength);
        folder.WriteFile(ModelFolderFiles.Manifest, ManifestWriter.Write(manifest));
        ExportedModel exported = ExportedModel.Of(manifest, folder.Path);
        List<string> warnings = [.. draft.Model.Warnings, .. ConvertAdapters(draft, exported, cancellationToken)];
        WriteWeights(draft, checkpoint, folder, cancellationToken);
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

    private void WriteWeights(ExportDraft draft, Checkpoint checkpoint, PartialFolder folder, CancellationToken cancellationToken)
    {
        // The rows lie in the scratch folder, so they are closed before it is deleted.
        using TemporaryScratch? scratch = draft.Calibration.Targets.Count > 0 ? new TemporaryScratch(folder["calibration"]) : null;
        using QuantizedRows? rows = scratch is null ? null : Calibrate(draft, checkpoint, folder, scratch, cancellationToken);
        _meter.Begin(ExportStage.Weights, draft.Weights.Plans.Sum(plan => plan.SourceByteLength));
        DataFileWriter.Write(folder[ModelFolderFiles.Weights], draft.DataLength, draft.Weights.Plans, rows, _meter.Add, cancellationToken);
    }

    private QuantizedRows Calibrate(
        ExportDraft draft, Checkpoint checkpoint, PartialFolder folder, TemporaryScratch scratch, CancellationToken cancellationToken)
    {
        _meter.Begin(ExportStage.Calibrate, draft.Calibration.SourceByteLength);
        CalibrationPass pass = new(draft.Model.Blueprint, checkpoint.Tensors, options.Calibration!, _meter);
        return pass.Run(draft.Calibration, folder.Path, scratch.Path, cancellationToken);
    }

    // Before the weights, so that an adapter that does not fit costs no waiting.
    private List<string> ConvertAdapters(ExportDraft draft, ExportedModel model, CancellationToken cancellationToken)
    {
        List<string> warnings = [];
        foreach ((ExportAdapter wanted, PeftAdapter adapter) in options.Adapters.Zip(draft.Adapters))
        {
            string name = AdapterConverter.NameOf(adapter.Folder, wanted.Name);
            using AdapterSource source = AdapterSource.Open(adapter.Folder);
            AdapterConversion conversion = new(source, name, new AdapterConversionOptions(), new ProgressMeter(null));
            warnings.AddRange(conversion.Run(model, cancellationToken).Warnings.Select(warning => $"adapter '{name}': {warning}"));
        }

        return warnings;
    }

    /// <summary>A folder within the unfinished model folder for files that are needed for a while.</summary>
    private sealed class TemporaryScratch : IDisposable
    {
        public TemporaryScratch(string path)
        {
            Path = path;
            Directory.CreateDirectory(path);
        }

        public string Path { get; }

        public void Dispose()
        {
            if (Directory.Exists(Path))
            {
                Directory.Delete(Path, recursive: true);
            }
        }
    }
}
