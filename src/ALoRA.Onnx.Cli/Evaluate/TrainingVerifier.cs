using System.Globalization;
using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Cli.Export;
using ALoRA.Onnx.Export;
using ALoRA.Onnx.Training;

namespace ALoRA.Onnx.Cli.Evaluate;

/// <summary>Exports a checkpoint and replays recorded trainings on it.</summary>
internal sealed class TrainingVerifier(
    string checkpoint, IReadOnlyList<string> cases, ExportPrecision precision, TrainingTolerances tolerances, AloraModelOptions execution,
    IProgress<ProgressState> progress)
{
    /// <summary>Replays all cases. What is exported goes to a temporary folder that is removed at the end.</summary>
    /// <exception cref="FormatException">A file of a case is malformed.</exception>
    public async Task<IReadOnlyList<TrainingVerificationRow>> VerifyAsync(CancellationToken cancellationToken)
    {
        using TemporaryModelFolder exported = new();
        ExportOptions options = new() { Precision = precision };
        await Exporter.ExportAsync(checkpoint, exported.Path, options, new ExportProgressAdapter(progress), cancellationToken);
        List<TrainingVerificationRow> rows = [];
        foreach (string folder in cases)
        {
            progress.Report(new ProgressState($"Replaying {Path.GetFileName(Path.TrimEndingDirectorySeparator(folder))}", 0, 0));
            rows.Add(Judge(await TrainingReplay.RunAsync(exported.Path, folder, execution, cancellationToken)));
        }

        return rows;
    }

    private TrainingVerificationRow Judge(TrainingReplayResult result)
    {
        string[] problems =
        [
            .. Problem("a loss", result.Loss, tolerances.Loss),
            .. Problem($"the first gradient of {result.FarthestGradient}", result.FirstGradient, tolerances.FirstGradient),
            .. Problem("a gradient norm", result.GradientNorm, tolerances.GradientNorm),
            .. Problem($"the final {result.FarthestWeight}", result.FinalWeight, tolerances.FinalWeight),
            .. Problem("the held-out loss", result.HeldOutLoss, tolerances.HeldOutLoss),
            .. Problem("a cached prefix", result.CachedPrefix ?? 0, tolerances.CachedPrefix),
        ];
        return new TrainingVerificationRow(
            result.Name, result.Kind == AdapterKind.Alora ? "alora" : "lora", result.Updates,
            problems.Length == 0 ? VerificationOutcome.Passed : VerificationOutcome.Failed, result.Loss, result.FirstGradient,
            result.GradientNorm, result.FinalWeight, result.HeldOutLoss, result.CachedPrefix,
            problems.Length == 0 ? null : string.Join("; ", problems));
    }

    // What is no number is not within any tolerance.
    private static IEnumerable<string> Problem(string what, double distance, double tolerance) => distance <= tolerance
        ? []
        : [string.Create(CultureInfo.InvariantCulture, $"{what} is off by {distance:0.0E+0}, at most {tolerance:0.0E+0} expected")];
}
