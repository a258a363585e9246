using ALoRA.Onnx.Serving.Requests;

namespace ALoRA.Onnx.Cluster.Wire;

/// <summary><see cref="GenerationOptions"/> on their way to another server.</summary>
[GenerateSerializer]
[Alias("alora.generation")]
internal sealed record GenerationForm
{
    [Id(0)]
    public int? MaxNewTokens { get; init; }

    [Id(1)]
    public float? Temperature { get; init; }

    [Id(2)]
    public int? TopK { get; init; }

    [Id(3)]
    public float? TopP { get; init; }

    [Id(4)]
    public float? MinP { get; init; }

    [Id(5)]
    public float? RepetitionPenalty { get; init; }

    [Id(6)]
    public float? PresencePenalty { get; init; }

    [Id(7)]
    public float? FrequencyPenalty { get; init; }

    [Id(8)]
    public Dictionary<int, float> LogitBias { get; init; } = [];

    [Id(9)]
    public int? NoRepeatNgramSize { get; init; }

    [Id(10)]
    public long? Seed { get; init; }

    [Id(11)]
    public int[] StopTokens { get; init; } = [];

    [Id(12)]
    public string[] StopStrings { get; init; } = [];

    [Id(13)]
    public int[] VisibleSpecialTokens { get; init; } = [];

    [Id(14)]
    public bool IgnoreEndOfText { get; init; }

    /// <summary>Kind and source of the constraint; null for none.</summary>
    [Id(15)]
    public string? Constraint { get; init; }

    [Id(16)]
    public bool ForcedSpans { get; init; } = true;

    [Id(17)]
    public int TopLogprobs { get; init; }

    /// <summary>Writes options down, which must have no code of the caller's.</summary>
    public static GenerationForm Of(GenerationOptions options) => new()
    {
        MaxNewTokens = options.MaxNewTokens,
        Temperature = options.Temperature,
        TopK = options.TopK,
        TopP = options.TopP,
        MinP = options.MinP,
        RepetitionPenalty = options.RepetitionPenalty,
        PresencePenalty = options.PresencePenalty,
        FrequencyPenalty = options.FrequencyPenalty,
        LogitBias = new Dictionary<int, float>(options.LogitBias),
        NoRepeatNgramSize = options.NoRepeatNgramSize,
        Seed = options.Seed,
        StopTokens = [.. options.StopTokens],
        StopStrings = [.. options.StopStrings],
        VisibleSpecialTokens = [.. options.VisibleSpecialTokens],
        IgnoreEndOfText = options.IgnoreEndOfText,
        Constraint = PortableRequest.TextOf(options.Constraint),
        ForcedSpans = options.ForcedSpans,
        TopLogprobs = options.TopLogprobs,
    };

    /// <summary>The options.</summary>
    /// <exception cref="FormatException">The constraint is none.</exception>
    public GenerationOptions Read() => new()
    {
        MaxNewTokens = MaxNewTokens,
        Temperature = Temperature,
        TopK = TopK,
        TopP = TopP,
        MinP = MinP,
        RepetitionPenalty = RepetitionPenalty,
        PresencePenalty = PresencePenalty,
        FrequencyPenalty = FrequencyPenalty,
        LogitBias = LogitBias,
        NoRepeatNgramSize = NoRepeatNgramSize,
        Seed = Seed,
        StopTokens = StopTokens,
        StopStrings = StopStrings,
        VisibleSpecialTokens = VisibleSpecialTokens,
        IgnoreEndOfText = IgnoreEndOfText,
        Constraint = PortableRequest.ConstraintOf(Constraint),
        ForcedSpans = ForcedSpans,
        TopLogprobs = TopLogprobs,
    };
}
