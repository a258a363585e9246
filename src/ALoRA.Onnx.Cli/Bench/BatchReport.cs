using ALoRA.Onnx.Serving;

namespace ALoRA.Onnx.Cli.Bench;

/// <summary>What runs of several rows cost.</summary>
/// <param name="Machine">What it ran on.</param>
/// <param name="Model">The model, without measurements.</param>
/// <param name="Context">Tokens before each row and chunk.</param>
/// <param name="Adapters">Adapters of the runs with adapters; empty if there were none.</param>
/// <param name="Figures">What was measured, kind by kind, the smallest size first.</param>
internal sealed record BatchReport(
    MachineDescription Machine, BenchmarkedModel Model, int Context, IReadOnlyList<string> Adapters, IReadOnlyList<BatchFigure> Figures)
{
    /// <summary>The medians as an engine reads them.</summary>
    /// <param name="one">Any of the rounds, for what was not measured itself.</param>
    public StepCosts Costs(StepCosts one) => new(
        Curve(BatchFigure.Base, one.BaseRows), Curve(BatchFigure.Mixed, one.AdaptedRows), Curve(BatchFigure.Chunk, one.Chunks));

    private CostCurve Curve(string run, CostCurve otherwise)
    {
        StepCost[] points =
        [
            .. Figures.Where(figure => figure.Run == run && figure.Milliseconds.Median is not null)
                .Select(figure => new StepCost(figure.Count, figure.Milliseconds.Median!.Value)),
        ];
        return points.Length == 0 ? otherwise : new CostCurve(points);
    }
}
