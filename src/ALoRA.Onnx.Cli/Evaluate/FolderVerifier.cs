using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Cli.Export;
using ALoRA.Onnx.Export;

namespace ALoRA.Onnx.Cli.Evaluate;

/// <summary>Exports the checkpoints of a reference folder, converts their adapters, and runs every case on them.</summary>
internal sealed class FolderVerifier(
    ReferenceFolder folder, ExportPrecision precision, float tolerance, AloraModelOptions execution, IProgress<ProgressState> progress)
{
    /// <summary>Checks everything. What is exported goes to a temporary folder that is removed at the end.</summary>
    /// <exception cref="FormatException">A file of the folder is malformed.</exception>
    public async Task<IReadOnlyList<VerificationRow>> VerifyAsync(CancellationToken cancellationToken)
    {
        using ReferenceLogits reference = new(folder.ReferencePath);
        List<VerificationRow> rows = [];
        foreach (ReferenceModel model in folder.Models)
        {
            using TemporaryModelFolder exported = new();
            await VerifyAsync(model, exported.Path, reference, rows, cancellationToken);
        }

        return rows;
    }

    private async Task VerifyAsync(
        ReferenceModel model, string modelFolder, ReferenceLogits reference, List<VerificationRow> rows,
        CancellationToken cancellationToken)
    {
        ExportOptions options = new() { Precision = precision, AdapterBias = model.Adapters.Any(AdapterVerifier.NeedsBias) };
        await Exporter.ExportAsync(model.CheckpointPath, modelFolder, options, new ExportProgressAdapter(progress), cancellationToken);
        progress.Report(new ProgressState("Converting adapters", 0, 0));
        HashSet<string> refused = new(StringComparer.Ordinal);
        foreach (ReferenceAdapter adapter in model.Adapters)
        {
            if (await AdapterVerifier.ConvertAsync(adapter, modelFolder, cancellationToken) is { } refusal)
            {
                rows.Add(refusal);
                refused.Add(adapter.Name);
            }
        }

        foreach (ReferenceAdapter adapter in model.BadAdapters)
        {
            rows.Add(await AdapterVerifier.ExpectRefusalAsync(adapter, modelFolder, cancellationToken));
        }

        progress.Report(new ProgressState("Running cases", 0, 0));
        await using AloraModel opened = await AloraModel.OpenAsync(modelFolder, execution, cancellationToken);
        CaseVerifier verifier = new(opened, reference, tolerance);
        foreach (ReferenceCase item in model.Cases)
        {
            foreach (ReferenceRun run in item.Runs.Where(run => run.Adapter is null || !refused.Contains(run.Adapter)))
            {
                rows.AddRange(await verifier.VerifyAsync(item, run, cancellationToken));
            }
        }
    }
}
