namespace ALoRA.Onnx.Training.Options;

/// <summary>Refuses options that are out of their ranges, before anything is opened.</summary>
internal static class OptionChecks
{
    private const int MostRank = 1024;

    /// <exception cref="ArgumentException">One is.</exception>
    public static void Check(TrainingOptions options)
    {
        Require(options.Rank is null or (>= 1 and <= MostRank), nameof(options.Rank), options.Rank, $"from 1 to {MostRank:N0}");
        Require(double.IsFinite(options.Alpha) && options.Alpha > 0, nameof(options.Alpha), options.Alpha, "greater than 0");
        Require(
            options.Targets.Count > 0 && !options.Targets.Any(string.IsNullOrWhiteSpace), nameof(options.Targets), options.Targets.Count,
            "at least one name");
        Require(options.Layers is null || options.Layers.All(layer => layer >= 0), nameof(options.Layers), null, "from 0 on");
        Require(options.Dropout is >= 0 and < 1, nameof(options.Dropout), options.Dropout, "from 0 to below 1");
        Require(
            double.IsFinite(options.LearningRate) && options.LearningRate > 0, nameof(options.LearningRate), options.LearningRate,
            "greater than 0");
        Require(Enum.IsDefined(options.Schedule), nameof(options.Schedule), options.Schedule, "constant, linear or cosine");
        Require(Enum.IsDefined(options.LongRows), nameof(options.LongRows), options.LongRows, "a known handling");
        Require(Enum.IsDefined(options.SharedRows), nameof(options.SharedRows), options.SharedRows, "a known handling");
        Require(options.WarmupSteps is null or >= 0, nameof(options.WarmupSteps), options.WarmupSteps, "from 0 on");
        Require(options.WeightDecay is >= 0 and < 1, nameof(options.WeightDecay), options.WeightDecay, "from 0 to below 1");
        Require(options.ClipNorm is null or > 0, nameof(options.ClipNorm), options.ClipNorm, "greater than 0");
        Require(options.Epochs >= 1, nameof(options.Epochs), options.Epochs, "at least 1");
        Require(options.Steps is null or >= 1, nameof(options.Steps), options.Steps, "at least 1");
        Require(options.BatchSize >= 1, nameof(options.BatchSize), options.BatchSize, "at least 1");
        Require(options.MicroBatchSize is null or >= 1, nameof(options.MicroBatchSize), options.MicroBatchSize, "at least 1");
        Require(options.ValidationShare is >= 0 and < 1, nameof(options.ValidationShare), options.ValidationShare, "from 0 to below 1");
        Require(options.Patience is null or >= 1, nameof(options.Patience), options.Patience, "at least 1");
        Require(options.EvaluationSteps is null or >= 1, nameof(options.EvaluationSteps), options.EvaluationSteps, "at least 1");
        Require(options.MaxLength is null or >= 2, nameof(options.MaxLength), options.MaxLength, "at least 2");
        Require(options.PrefixCacheBytes >= 0, nameof(options.PrefixCacheBytes), options.PrefixCacheBytes, "from 0 on");
        Require(options.DevicePrefixBytes >= 0, nameof(options.DevicePrefixBytes), options.DevicePrefixBytes, "from 0 on");
        Require(options.PrefixFileBytes >= 0, nameof(options.PrefixFileBytes), options.PrefixFileBytes, "from 0 on");
        Require(options.Threads is null or >= 1, nameof(options.Threads), options.Threads, "at least 1");
    }

    private static void Require(bool holds, string name, object? got, string expected)
    {
        if (!holds)
        {
            throw new ArgumentOutOfRangeException(name, got, $"{name}: expected {expected}.");
        }
    }
}
