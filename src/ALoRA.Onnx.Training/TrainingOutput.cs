using System.Diagnostics;
using System.Text;
using System.Text.Json;
using ALoRA.Onnx.Export;
using ALoRA.Onnx.Export.Adapters.Peft;
using ALoRA.Onnx.Export.Output;
using ALoRA.Onnx.Intrinsics.Running;
using ALoRA.Onnx.Training.Checkpoints;
using ALoRA.Onnx.Training.Evaluation;

namespace ALoRA.Onnx.Training;

/// <summary>
/// Writes what a training gave: the adapter is converted for a scratch folder first and asked through the runtime, then everything appears
/// under its name.
/// </summary>
internal sealed class TrainingOutput(TrainingSetup setup, TrainingTarget target)
{
    private const string Scratch = "scratch";
    private const string ReportName = "report.json";
    private const string PlotName = "losses.svg";

    private readonly PromptForm _form = setup.Data.Form;

    /// <summary>Writes everything.</summary>
    /// <exception cref="IOException">The disk is full or fails; nothing is there then.</exception>
    public async Task<TrainingReport> WriteAsync(CancellationToken cancellationToken)
    {
        long bytes = setup.Best.Sum(values => (long)values.Length * sizeof(float));
        using PartialFolder folder = PartialFolder.Create(target.Output, target.Options.Overwrite, 3 * bytes, PeftAdapterConfig.FileName);
        PeftWriter.Write(folder, setup.Config, setup.Options.Dropout, setup.Trainer.Tensors, setup.Best);
        if (setup.Options.IoYaml is { } definition)
        {
            folder.WriteFile(IntrinsicDefinition.FileName, await File.ReadAllBytesAsync(definition, cancellationToken)
                .ConfigureAwait(false));
        }

        (TrainingMeasures? adapter, TrainingMeasures? onBase) = await AskAsync(folder, cancellationToken).ConfigureAwait(false);
        TrainingReport report = Report(adapter, onBase);
        folder.WriteFile(ReportName, JsonSerializer.SerializeToUtf8Bytes(report, ReportJson.Default.TrainingReport));
        folder.WriteFile(PlotName, Encoding.UTF8.GetBytes(
            LossPlot.Draw($"{target.Name} on {setup.Model.Manifest.Name}", setup.State)));
        await ConvertAsync(folder.Path, target.Model, target.Options.Overwrite, cancellationToken).ConfigureAwait(false);
        folder.Commit();
        return report;
    }

    // Of a model folder the converter reads the manifest alone.
    private async Task<(TrainingMeasures? Adapter, TrainingMeasures? Base)> AskAsync(
        PartialFolder folder, CancellationToken cancellationToken)
    {
        string scratch = folder[Scratch];
        Directory.CreateDirectory(scratch);
        byte[] manifest = await File.ReadAllBytesAsync(Path.Combine(target.Model, ModelManifest.FileName), cancellationToken)
            .ConfigureAwait(false);
        await File.WriteAllBytesAsync(Path.Combine(scratch, ModelManifest.FileName), manifest, cancellationToken).ConfigureAwait(false);
        AdapterReport converted = await ConvertAsync(folder.Path, scratch, overwrite: false, cancellationToken).ConfigureAwait(false);
        (TrainingMeasures?, TrainingMeasures?) measures = (null, null);
        if (setup.Data.HeldOut.Count > 0)
        {
            setup.Model.Adapters.Load(converted.Path, target.Name);
            RuntimeEvaluation evaluation = new(setup.Model, _form, setup.Data.HeldOut);
            measures = (
                await evaluation.AskAdapterAsync(target.Name, cancellationToken).ConfigureAwait(false),
                await evaluation.AskBaseAsync(cancellationToken).ConfigureAwait(false));
            setup.Model.Adapters.Unload(target.Name);
        }

        Directory.Delete(scratch, recursive: true);
        return measures;
    }

    private Task<AdapterReport> ConvertAsync(string peft, string model, bool overwrite, CancellationToken cancellationToken) =>
        AdapterConverter.ConvertAsync(
            peft, model, target.Name,
            new AdapterConversionOptions
            {
                Overwrite = overwrite,
                Intrinsic = _form.Definition is not null ? null : new IntrinsicSettings
                {
                    InvocationText = _form.InvocationText,
                    InvocationInPrompt = _form.Placement == InvocationPlacement.InPrompt,
                },
            },
            cancellationToken: cancellationToken);

    private TrainingReport Report(TrainingMeasures? adapter, TrainingMeasures? onBase)
    {
        TrainingState state = setup.State;
        EvaluationFigures? best = state.Evaluations.Find(each => each.Step == state.BestStep);
        return new TrainingReport
        {
            Name = target.Name,
            Kind = _form.Kind,
            Folder = target.Output,
            AdapterFolder = target.Adapter,
            BaseName = setup.Model.Manifest.Name,
            BasePrecision = setup.Model.Manifest.Precision.Name,
            InvocationTokens = setup.Data.InvocationTokens,
            Options = state.Options,
            Parameters = setup.Trainer.Tensors.Sum(tensor => (long)tensor.Values.Length),
            Rows = setup.Data.Rows.Count,
            HeldOutRows = setup.Data.HeldOut.Count,
            LeftOutRows = setup.Data.LeftOut,
            SharedRows = setup.Data.Shared,
            CutRows = setup.Data.Cut,
            DataHash = setup.Data.Hash,
            Steps = state.Step,
            BestStep = state.BestStep,
            Loss = state.Steps[^1].Loss,
            HeldOutLoss = best?.Loss,
            HeldOutAccuracy = best?.Accuracy,
            Adapter = adapter,
            Base = onBase,
            Seconds = Math.Round(state.Seconds, 3),
            PeakMemoryBytes = Process.GetCurrentProcess().PeakWorkingSet64,
            StoppedEarly = state.IsStopped,
            Problem = setup.Problem,
            DeviceMemoryBytes = setup.DeviceBytes,
        };
    }
}
