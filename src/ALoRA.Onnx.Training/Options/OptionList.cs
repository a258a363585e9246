using System.Globalization;
using ALoRA.Onnx.Export.Adapters.Peft;

namespace ALoRA.Onnx.Training.Options;

/// <summary>The options that decide a training's result, by the names that the tool has for them.</summary>
internal static class OptionList
{
    /// <summary>Names and values.</summary>
    /// <param name="options">What was asked for.</param>
    /// <param name="config">The adapter's settings, which may come from an adapter to go on from.</param>
    /// <param name="steps">Steps in all.</param>
    /// <param name="warmup">Steps of warm-up.</param>
    /// <param name="evaluation">Steps between evaluations.</param>
    /// <param name="threads">Threads that compute.</param>
    /// <param name="provider">What computes.</param>
    public static SortedDictionary<string, string> Of(
        TrainingOptions options, PeftAdapterConfig config, int steps, int warmup, int evaluation, int threads,
        string provider) =>
        new(StringComparer.Ordinal)
        {
            ["kind"] = config.InvocationTokens.Count > 0 ? "alora" : "lora",
            ["rank"] = Text(config.Rank),
            ["alpha"] = Text(config.Alpha),
            ["rslora"] = config.RankStabilized ? "yes" : "no",
            ["targets"] = config.Targets.ToString(),
            ["layers"] = config.Layers is { } layers ? string.Join(", ", layers.Order()) : "all",
            ["from"] = options.InitialAdapter ?? "scratch",
            ["dropout"] = Text(options.Dropout),
            ["lr"] = Text(options.LearningRate),
            ["schedule"] = options.Schedule.ToString().ToLowerInvariant(),
            ["warmup"] = Text(warmup),
            ["weight-decay"] = Text(options.WeightDecay),
            ["clip"] = options.ClipNorm is { } clip ? Text(clip) : "none",
            ["steps"] = Text(steps),
            ["batch"] = Text(options.BatchSize),
            ["micro-batch"] = options.MicroBatchSize is { } size ? Text(size) : "by length",
            ["patience"] = options.Patience is { } patience ? Text(patience) : "none",
            ["evaluation-steps"] = Text(evaluation),
            ["provider"] = provider,
            ["seed"] = Text(options.Seed),
            ["threads"] = Text(threads),
        };

    private static string Text(object value) => string.Create(CultureInfo.InvariantCulture, $"{value}");
}
