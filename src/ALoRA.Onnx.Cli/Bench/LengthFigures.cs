namespace ALoRA.Onnx.Cli.Bench;

/// <summary>
/// Which figures are measured at a length, in groups whose runs alternate: what is compared with each other stands in one group.
/// </summary>
internal static class LengthFigures
{
    /// <summary>Computing the conversation.</summary>
    public static IEnumerable<Figure> Prefill(IEnumerable<LengthRuns> runs) =>
        runs.Select(run => new Figure(run.Subject, Figures.Prefill, Units.TokensPerSecond, run.PrefillAsync));

    /// <summary>Generating behind it, by the base and under the adapter, and what the memory can give.</summary>
    public static IEnumerable<Figure> Decode(IReadOnlyList<LengthRuns> runs, BenchmarkPlan plan, ReadBandwidth? memory) =>
    [
        .. runs.Select(run => new Figure(run.Subject, Figures.Decode, Units.TokensPerSecond, run.DecodeAsync)),
        .. runs.Where(_ => plan.Adapter is not null).Select(run => new Figure(
            run.Subject, Figures.AdaptedDecode, Units.TokensPerSecond, run.AdaptedDecodeAsync, Figures.Decode)),
        .. runs.Where(run => run.Subject.IsOnProcessor).Select(run => new Figure(
            run.Subject, Figures.MemoryRead, Units.GigabytesPerSecond,
            () => Task.FromResult(memory!.Measure(run.Subject.Model.IntraOpThreads) / 1e9))),
    ];

    /// <summary>Asking the intrinsic as aLoRA and as LoRA.</summary>
    public static IEnumerable<Figure> Intrinsic(IReadOnlyList<LengthRuns> runs) =>
    [
        .. runs.Select(run => new Figure(run.Subject, Figures.AsAlora, Units.Milliseconds, run.AloraAsync)),
        .. runs.Select(run => new Figure(run.Subject, Figures.AsLora, Units.Milliseconds, run.LoraAsync, Figures.AsAlora)),
    ];

    /// <summary>Asking several intrinsics at once.</summary>
    public static IEnumerable<Figure> Fanout(IReadOnlyList<LengthRuns> runs, BenchmarkPlan plan) =>
    [
        .. runs.Select(run => new Figure(
            run.Subject, Figures.FirstOfAll(plan.Fanout), Units.Milliseconds, run.FirstOfAllAsync,
            plan.Adapter is null ? null : Figures.AsAlora)),
        .. runs.Select(run => new Figure(run.Subject, Figures.Alone, Units.Milliseconds, run.AloneAsync)),
        .. runs.Select(run => new Figure(run.Subject, Figures.Together(plan.Fanout), Units.Milliseconds, run.TogetherAsync, Figures.Alone)),
    ];
}
