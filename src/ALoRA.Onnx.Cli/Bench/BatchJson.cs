namespace ALoRA.Onnx.Cli.Bench;

/// <summary>What runs of several rows cost, as JSON. What was not measured is null.</summary>
internal sealed record BatchJson(
    string Model,
    string Folder,
    string Precision,
    string ExecutionProvider,
    int Threads,
    int Context,
    IReadOnlyList<string> Adapters,
    IEnumerable<BatchFigureJson> Runs,
    MachineDescription Machine)
{
    public static BatchJson Of(BatchReport report) => new(
        report.Model.Manifest.Name,
        report.Model.Folder,
        report.Model.Manifest.Precision.Name,
        report.Model.ExecutionProvider,
        report.Model.Threads,
        report.Context,
        report.Adapters,
        report.Figures.Select(figure => BatchFigureJson.Of(figure, report.Figures)),
        report.Machine);
}

/// <summary>Runs of one kind and size: the median in ms, tokens a second, and those ÷ one row's.</summary>
internal sealed record BatchFigureJson(
    string Run, int Rows, string Unit, double? Median, double? TokensPerSecond, double? Ratio, IEnumerable<double?> Values)
{
    public static BatchFigureJson Of(BatchFigure figure, IEnumerable<BatchFigure> all) => new(
        figure.Run,
        figure.Count,
        figure.Milliseconds.Unit,
        figure.Milliseconds.Median,
        figure.TokensPerSecond,
        figure.RatioWithin(all),
        figure.Milliseconds.Values.Select(value => MeasuredNumber.OrNull(value)));
}
