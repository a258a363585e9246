using ALoRA.Onnx.Files;

namespace ALoRA.Onnx.Sampling;

/// <summary>Checked options of a generation, with the model's defaults filled in.</summary>
internal sealed record SamplingSettings
{
    private const int MaxTopLogprobs = 20;

    /// <summary>The options; each of <see cref="GenerationParameters.All"/> has a value.</summary>
    public required GenerationOptions Options { get; init; }

    public required int MaxNewTokens { get; init; }

    public required IReadOnlySet<int> StopTokens { get; init; }

    public IReadOnlyList<string> StopStrings => Options.StopStrings;

    public TokenConstraint? Constraint => Options.Constraint;

    public bool ForcedSpans => Options.ForcedSpans;

    public int TopLogprobs => Options.TopLogprobs;

    public IReadOnlyList<int> VisibleSpecialTokens => Options.VisibleSpecialTokens;

    public bool IsGreedy => Options.Temperature == 0;

    /// <summary>Checks options and fills in what they leave open.</summary>
    /// <exception cref="ArgumentException">A value is out of its range.</exception>
    public static SamplingSettings Resolve(GenerationOptions options, GenerationDefaults defaults)
    {
        GenerationOptions resolved = options;
        foreach (GenerationParameter parameter in GenerationParameters.All)
        {
            if (options.Sampler is not null && parameter.Draws)
            {
                parameter.RefuseBeside(options, nameof(GenerationOptions.Sampler));
            }

            resolved = parameter.Set(resolved, parameter.Get(options) ?? parameter.Get(defaults.Options) ?? parameter.Default);
        }

        SamplingSettings settings = new()
        {
            Options = resolved,
            MaxNewTokens = options.MaxNewTokens ?? defaults.MaxNewTokens,
            StopTokens = new HashSet<int>(options.IgnoreEndOfText ? options.StopTokens : options.StopTokens.Concat(defaults.StopTokens)),
        };
        OptionRange.Require(settings.MaxNewTokens >= 1, nameof(GenerationOptions.MaxNewTokens), settings.MaxNewTokens, "at least 1");
        OptionRange.Require(
            settings.TopLogprobs is >= 0 and <= MaxTopLogprobs,
            nameof(GenerationOptions.TopLogprobs),
            settings.TopLogprobs,
            $"from 0 to {MaxTopLogprobs}");
        foreach ((int id, float bias) in options.LogitBias)
        {
            OptionRange.Require(
                bias < float.PositiveInfinity, $"{nameof(GenerationOptions.LogitBias)}[{id}]", bias, "finite, or negative infinity");
        }

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
