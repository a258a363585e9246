using ALoRA.Onnx.Files;

namespace ALoRA.Onnx.Sampling;

/// <summary>Checked options of a generation, with the model's defaults filled in.</summary>
internal sealed record SamplingSettings
{
    private const int MaxTopLogprobs = 20;

    public required int MaxNewTokens { get; init; }

    public required float Temperature { get; init; }

    public required int TopK { get; init; }

    public required float TopP { get; init; }

    public required float MinP { get; init; }

    public required float RepetitionPenalty { get; init; }

    public required long? Seed { get; init; }

    public required IReadOnlySet<int> StopTokens { get; init; }

    public required IReadOnlyList<string> StopStrings { get; init; }

    public TokenConstraint? Constraint { get; init; }

    public bool ForcedSpans { get; init; }

    public int TopLogprobs { get; init; }

    public IReadOnlyList<int> VisibleSpecialTokens { get; init; } = [];

    public bool IsGreedy => Temperature == 0;

    /// <summary>Checks options and fills in what they leave open.</summary>
    /// <exception cref="ArgumentException">A value is out of its range.</exception>
    public static SamplingSettings Resolve(GenerationOptions options, GenerationDefaults defaults)
    {
        SamplingSettings settings = new()
        {
            MaxNewTokens = options.MaxNewTokens ?? defaults.MaxNewTokens,
            Temperature = options.Temperature ?? defaults.Temperature,
            TopK = options.TopK ?? defaults.TopK,
            TopP = options.TopP ?? defaults.TopP,
            MinP = options.MinP ?? defaults.MinP,
            RepetitionPenalty = options.RepetitionPenalty ?? defaults.RepetitionPenalty,
            Seed = options.Seed,
            StopTokens = new HashSet<int>(options.IgnoreEndOfText ? options.StopTokens : options.StopTokens.Concat(defaults.StopTokens)),
            StopStrings = options.StopStrings,
            Constraint = options.Constraint,
            ForcedSpans = options.ForcedSpans,
            TopLogprobs = options.TopLogprobs,
            VisibleSpecialTokens = options.VisibleSpecialTokens,
        };
        OptionRange.Require(settings.MaxNewTokens >= 1, nameof(GenerationOptions.MaxNewTokens), settings.MaxNewTokens, "at least 1");
        OptionRange.Require(settings.Temperature >= 0 && float.IsFinite(settings.Temperature), nameof(GenerationOptions.Temperature), settings.Temperature, "0 or greater, and finite");
        OptionRange.Require(settings.TopK >= 0, nameof(GenerationOptions.TopK), settings.TopK, "0 or greater");
        OptionRange.Require(settings.TopP is > 0 and <= 1, nameof(GenerationOptions.TopP), settings.TopP, "greater than 0 and at most 1");
        OptionRange.Require(settings.MinP is >= 0 and <= 1, nameof(GenerationOptions.MinP), settings.MinP, "from 0 to 1");
        OptionRange.Require(settings.RepetitionPenalty > 0 && float.IsFinite(settings.RepetitionPenalty), nameof(GenerationOptions.RepetitionPenalty), settings.RepetitionPenalty, "greater than 0, and finite");
        OptionRange.Require(settings.TopLogprobs is >= 0 and <= MaxTopLogprobs, nameof(GenerationOptions.TopLogprobs), settings.TopLogprobs, $"from 0 to {MaxTopLogprobs}");
        foreach (string stop in settings.StopStrings)
        {
            if (string.IsNullOrEmpty(stop))
            {
                throw new ArgumentException("A stop string is empty. Remove it.", nameof(options));
            }
        }

        return settings;
    }
}
