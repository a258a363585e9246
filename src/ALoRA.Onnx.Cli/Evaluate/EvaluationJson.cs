using System.Text.Json.Serialization;
using ALoRA.Onnx.Shared;

namespace ALoRA.Onnx.Cli.Evaluate;

/// <summary>
/// What <c>alora evaluate --json</c> prints. An adapter that was not evaluated is left out, and so is a comparison with it.
/// </summary>
internal sealed record EvaluationJson(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] AdapterEvaluationJson? Alora,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] AdapterEvaluationJson? Lora,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? SpeedUp)
{
    public static EvaluationJson Of(IReadOnlyList<AdapterEvaluation> adapters) => new(
        Of(adapters, AdapterKind.Alora), Of(adapters, AdapterKind.Lora), AdapterEvaluation.SpeedUp(adapters));

    private static AdapterEvaluationJson? Of(IReadOnlyList<AdapterEvaluation> adapters, AdapterKind kind) =>
        adapters.SingleOrDefault(adapter => adapter.Kind == kind) is { } adapter ? AdapterEvaluationJson.Of(adapter) : null;
}

/// <summary>The figures of one adapter. Without right or without wrong answers <c>auroc</c> is null.</summary>
internal sealed record AdapterEvaluationJson
{
    public required string Adapter { get; init; }

    public required double Ece { get; init; }

    /// <summary>From and to, 95 % by the bootstrap.</summary>
    public required IReadOnlyList<double> EceInterval { get; init; }
    public required double? Auroc { get; init; }
    public required IReadOnlyList<double>? AurocInterval { get; init; }

    public required double Brier { get; init; }

    public required double BaseAccuracy { get; init; }

    public required int Rows { get; init; }

    public required double MillisecondsPerRow { get; init; }

    public required long ComputedTokens { get; init; }

    public required long ReusedTokens { get; init; }

    public required IReadOnlyList<CalibrationBin> Bins { get; init; }

    public static AdapterEvaluationJson Of(AdapterEvaluation adapter)
    {
        CalibrationMetrics metrics = CalibrationMetrics.Of(adapter.Samples);
        BootstrapIntervals intervals = BootstrapIntervals.Of(adapter.Samples);
        return new AdapterEvaluationJson
        {
            Adapter = adapter.Adapter,
            Ece = metrics.CalibrationError,
            EceInterval = [intervals.CalibrationError.Low, intervals.CalibrationError.High],
            Auroc = metrics.AreaUnderCurve,
            AurocInterval = intervals.AreaUnderCurve is { } area ? [area.Low, area.High] : null,
            Brier = metrics.Brier,
            BaseAccuracy = metrics.Accuracy,
            Rows = metrics.Rows,
            MillisecondsPerRow = adapter.MillisecondsPerRow,
            ComputedTokens = adapter.ComputedTokens,
            ReusedTokens = adapter.ReusedTokens,
            Bins = metrics.Diagram,
        };
    }
}
