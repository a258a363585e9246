using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Serving;

namespace ALoRA.Onnx.Cli.Bench;

/// <summary>Measures what an engine's runs cost. All sizes by turns in each round, so that all of them see the same machine.</summary>
/// <param name="folder">The model.</param>
/// <param name="model">How to open it.</param>
/// <param name="options">What to measure.</param>
/// <param name="repetitions">Rounds, after one to warm up.</param>
/// <param name="progress">Told of each round.</param>
internal sealed class BatchBenchmark(
    string folder, AloraModelOptions model, StepCostMeterOptions options, int repetitions, IProgress<ProgressState> progress)
{
    /// <summary>Measures everything.</summary>
    /// <returns>The report, and the table of costs that an engine reads.</returns>
    /// <exception cref="ArgumentException">Something that was asked for cannot be measured on this model.</exception>
    public async Task<(BatchReport Report, StepCosts Costs)> RunAsync(CancellationToken cancellationToken)
    {
        progress.Report(new ProgressState($"Opening {folder}", 0, 0));
        await using AloraModel opened = await AloraModel.OpenAsync(folder, model, cancellationToken);
        using StepCostMeter meter = new(opened, options);
        List<StepCosts> rounds = [];
        for (int round = 0; round <= repetitions; round++)
        {
            progress.Report(new ProgressState(round == 0 ? "Warming up" : $"Measuring, round {round} of {repetitions}", 0, 0));
            StepCosts costs = await meter.MeasureAsync(cancellationToken: cancellationToken);
            if (round > 0)
            {
                rounds.Add(costs);
            }
        }

        BatchReport report = new(
            MachineDescription.OfThisOne(),
            new BenchmarkedModel(
                folder, opened.Manifest, opened.ExecutionProvider, opened.IntraOpThreads,
                DecodeTraffic.Read(folder, opened.Manifest).WeightsBytes, []),
            meter.ContextTokens,
            meter.Adapters,
            [
                .. Figures(BatchFigure.Base, rounds, costs => costs.BaseRows),
                .. meter.Adapters.Count == 0 ? [] : Figures(BatchFigure.Mixed, rounds, costs => costs.AdaptedRows),
                .. Figures(BatchFigure.Chunk, rounds, costs => costs.Chunks),
            ]);
        return (report, report.Costs(rounds[0]));
    }

    private static IEnumerable<BatchFigure> Figures(string run, List<StepCosts> rounds, Func<StepCosts, CostCurve> curve) =>
        curve(rounds[0]).Points.Select(point => new BatchFigure(
            run,
            new Measurement(run, point.Count, Units.Milliseconds, [.. rounds.Select(costs => curve(costs).At(point.Count))])));
}
