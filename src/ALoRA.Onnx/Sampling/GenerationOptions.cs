namespace ALoRA.Onnx;

/// <summary>How tokens are chosen and when generation ends. What is null is taken from the model's <c>generation_config.json</c>, or else has the default named here.</summary>
/// <remarks>
/// Order and meaning are those of Transformers: repetition penalty, temperature, top-k, top-p, min-p. Values are checked when a generation starts.
/// </remarks>
public sealed record GenerationOptions
{
    /// <summary>Most tokens to generate, at least 1. The default value is 1,024.</summary>
    public int? MaxNewTokens { get; init; }

    /// <summary>Divisor of the logits before sampling; 0 takes the most likely token (greedy). The default value is 0.</summary>
    public float? Temperature { get; init; }

    /// <summary>Samples among this many most likely tokens only; 0 is off. The default value is 0; it is 50 where the file asks for sampling without naming it.</summary>
    public int? TopK { get; init; }

    /// <summary>Samples among the fewest most likely tokens that reach this probability together, from above 0 to 1 (off). The default value is 1.</summary>
    public float? TopP { get; init; }

    /// <summary>Samples among tokens with at least this share of the most likely one's probability, from 0 (off) to 1. The default value is 0.</summary>
    public float? MinP { get; init; }

    /// <summary>Divides positive and multiplies negative logits of all tokens in prompt and answer, also when greedy; 1 is off. The default value is 1.</summary>
    public float? RepetitionPenalty { get; init; }

    /// <summary>Makes sampling repeatable: the same seed, prompt and options give the same tokens. The default, null, is another one each time.</summary>
    public long? Seed { get; init; }

    /// <summary>Ids that end the generation beside the model's end-of-text ids.</summary>
    public IReadOnlyList<int> StopTokens { get; init; } = [];

    /// <summary>Texts that end the generation; the text is cut before the first of them. They need a tokenizer.</summary>
    public IReadOnlyList<string> StopStrings { get; init; } = [];

    /// <summary>
    /// Special tokens that are part of the text all the same, such as the marker before a tool call. The default is none: special tokens leave no trace in the text.
    /// </summary>
    public IReadOnlyList<int> VisibleSpecialTokens { get; init; } = [];

    /// <summary>Whether the model's end-of-text ids are ordinary tokens. The default value is <see langword="false"/>: they end the generation.</summary>
    public bool IgnoreEndOfText { get; init; }

    /// <summary>
    /// What the text must be; it needs a tokenizer. Tokens that would leave it have no probability, before temperature and everything else; stop tokens are possible exactly
    /// where the text is complete.
    /// A generation that ends for another reason, such as <see cref="MaxNewTokens"/>, may be an incomplete text. The default, null, is no constraint.
    /// </summary>
    public TokenConstraint? Constraint { get; init; }

    /// <summary>
    /// Whether text about which <see cref="Constraint"/> leaves no choice is appended in one run, as the tokenizer writes it, instead of token by token. The ids are the same as
    /// those of the model's
    /// own choice wherever only one token is possible at a time; where the same text may be cut into tokens in several ways, the tokenizer's way is taken. The default value is
    /// <see langword="true"/>.
    /// </summary>
    public bool ForcedSpans { get; init; } = true;

    /// <summary>
    /// How many of the likeliest tokens are given with each generated one, from 0 (no log-probabilities at all) to 20. With it, a conversation may hold tokens of a forced span
    /// that the stream has not
    /// given out yet; they are taken back if the stream ends before. The default value is 0.
    /// </summary>
    public int TopLogprobs { get; init; }
}
