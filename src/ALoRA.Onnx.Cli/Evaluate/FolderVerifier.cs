using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Cli.Export;
using ALoRA.Onnx.Export;

namespace ALoRA.Onnx.Cli.Evaluate;

/// <summary>Exports the checkpoints of a reference folder, converts their adapters, and runs every case on them.</summary>
internal sealed class FolderVerifier(
    ReferenceFolder folder, ExportPrecision precision, float? tolerance, AloraModelOptions execution, IProgress<ProgressState> progress)
{
    /// <summary>The largest difference of a logit that passed, once that is known: what was given, or what is usual.</summary>
    public float Tolerance { get; private set; }

    /// <summary>What was checked, once that is done.</summary>
    public CheckedGraphs Graphs { get; private set; } = CheckedGraphs.None;

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
        ExportReport exported = await Exporter.ExportAsync(
            model.CheckpointPath, modelFolder, options, new ExportProgressAdapter(progress), cancellationToken);
        float limit = tolerance ?? UsualTolerance.Of(precision, exported.Parameters);
        Tolerance = Math.Max(Tolerance, limit);
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
        (ReferenceCase Case, ReferenceRun Run)[] runs =
        [
            .. model.Cases.SelectMany(item => item.Runs
                .Where(run => run.Adapter is null || !refused.Contains(run.Adapter))
                .Select(run => (item, run))),
        ];
        await RunPlainAsync(modelFolder, runs, reference, limit, rows, cancellationToken);
        (ReferenceCase Case, ReferenceRun Run)[] adapted = [.. runs.Where(one => one.Run.Adapter is not null)];
        if (execution.Operators != OperatorUse.Off && adapted.Length > 0)
        {
            await RunByOperatorsAsync(modelFolder, adapted, reference, limit, rows, cancellationToken);
        }
    }

    // Without operators, so that what computes does not depend on the length of a case.
    private async Task RunPlainAsync(
        string modelFolder, (ReferenceCase Case, ReferenceRun Run)[] runs, ReferenceLogits reference, float limit,
        List<VerificationRow> rows, CancellationToken cancellationToken)
    {
        await using AloraModel opened = await AloraModel.OpenAsync(
            modelFolder, execution with { Operators = OperatorUse.Off }, cancellationToken);
        CaseVerifier verifier = new(opened, reference, limit, tolerance is not null || UsualTolerance.RequiresGreedy(precision));
        foreach ((ReferenceCase item, ReferenceRun run) in runs)
        {
            rows.AddRange(await verifier.VerifyAsync(item, run, cancellationToken));
        }

        ModelManifest manifest = opened.Manifest;
        string[] files = [manifest.BaseGraphFile ?? manifest.GraphFile, manifest.GraphFile];
        Graphs = Graphs.With(new CheckedGraphs(runs.Any(one => one.Run.Adapter is not null) ? files : files[..1], null));
    }

    private async Task RunByOperatorsAsync(
        string modelFolder, (ReferenceCase Case, ReferenceRun Run)[] runs, ReferenceLogits reference, float limit,
        List<VerificationRow> rows, CancellationToken cancellationToken)
    {
        using OperatorWatch watch = new();
        await using AloraModel opened = await AloraModel.OpenAsync(
            modelFolder, execution with { LoggerFactory = watch }, cancellationToken);
        CaseVerifier verifier = new(opened, reference, limit, tolerance is not null || UsualTolerance.RequiresGreedy(precision));
        foreach ((ReferenceCase item, ReferenceRun run) in runs)
        {
            VerificationRow? row = await verifier.VerifyByOperatorsAsync(item, run, cancellationToken);
            if (watch.Reason is not null)
            {
                break;
            }

            if (row is not null && watch.HasSeen(run.Adapter!))
            {
                rows.Add(row);
            }
        }

        Graphs = Graphs.With(new CheckedGraphs([.. watch.Graphs], watch.Reason));
    }
}
