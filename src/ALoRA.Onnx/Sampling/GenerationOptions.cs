using System.Collections.ObjectModel;

namespace ALoRA.Onnx;

/// <summary>
/// How tokens are chosen and when generation ends. What is null is taken from the model's <c>generation_config.json</c>, or else has the
/// default named here.
/// </summary>
/// <remarks>
/// <para>
/// Values are checked when a generation starts. Order and meaning are those of Transformers. First come those that change logits:
/// repetition penalty, presence and frequency penalty,
/// logit bias, no-repeat n-gram, own processors as listed, and last the constraint, so that nothing brings a forbidden id back. Greedy
/// choice takes the largest logit then; sampling goes
/// on with temperature, top-k, top-p, min-p and the draw, which only take candidates away. <see cref="Sampler"/> replaces those.
/// </para>
/// <para>
/// What is known without a choice, such as a forced span, passes none of this. Log-probabilities are those of the model's logits and of
/// what the constraint leaves of them, whatever
/// penalties, bias and processors do.
/// </para>
/// </remarks>
public sealed record GenerationOptions
{
    /// <summary>Most tokens to generate, at least 1. The default value is 1,024.</summary>
    public int? MaxNewTokens { get; init; }

    /// <summary>Divisor of the logits before sampling; 0 takes the most likely token (greedy). The default value is 0.</summary>
    public float? Temperature { get; init; }

    /// <summary>
    /// Samples among this many most likely tokens only; 0 is off.
    /// The default value is 0; it is 50 where the file asks for sampling without naming it.
    /// </summary>
    public int? TopK { get; init; }

    /// <summary>
    /// Samples among the fewest most likely tokens that reach this probability together, from above 0 to 1 (off). The default value is 1.
    /// </summary>
    public float? TopP { get; init; }

    /// <summary>
    /// Samples among tokens with at least this share of the most likely one's probability, from 0 (off) to 1. The default value is 0.
    /// </summary>
    public float? MinP { get; init; }

    /// <summary>
    /// Divides positive and multiplies negative logits of all tokens in prompt and answer,
    /// also when greedy; 1 is off. The default value is 1.
    /// </summary>
    public float? RepetitionPenalty { get; init; }

    /// <summary>
    /// Taken from the logits of all ids that this generation has given, from -2 to 2, also when greedy,
    /// as by OpenAI and vLLM; ids of the prompt don't count. 0 is off. The default value is 0.
    /// </summary>
    public float? PresencePenalty { get; init; }

    /// <summary>
    /// Taken from the logits of ids once for each time that this generation has given them, from -2 to 2, also when greedy, as by OpenAI
    /// and vLLM; ids of the prompt don't count. 0 is off.
    /// The default value is 0.
    /// </summary>
    public float? FrequencyPenalty { get; init; }

    /// <summary>
    /// Added to the logits of single ids, also when greedy: finite numbers, or negative infinity, which forbids an id. Ids must be in the
    /// vocabulary. The default is none.
    /// </summary>
    public IReadOnlyDictionary<int, float> LogitBias { get; init; } = ReadOnlyDictionary<int, float>.Empty;

    /// <summary>
    /// Forbids the ids with which a sequence of this many ids would come a second time in prompt and answer, also when greedy; 0 is off.
    /// The default value is 0.
    /// </summary>
    public int? NoRepeatNgramSize { get; init; }

    /// <summary>
    /// Makes the own processors of a generation, called in this order once when it starts. They work behind penalties, bias and n-grams,
    /// and before the constraint. The default is none.
    /// </summary>
    public IReadOnlyList<Func<GenerationContext, ILogitsProcessor>> LogitsProcessors { get; init; } = [];

    /// <summary>
    /// Makes the sampler of a generation, called once when it starts; it replaces <see cref="Temperature"/>, <see cref="TopK"/>,
    /// <see cref="TopP"/> and <see cref="MinP"/>, which must be
    /// null then. What <c>generation_config.json</c> says about them has no effect. The default, null, is the built-in draw.
    /// </summary>
    public Func<GenerationContext, ITokenSampler>? Sampler { get; init; }

    /// <summary>
    /// Makes sampling repeatable: the same seed, prompt and options give the same tokens. The default, null, is another one each time.
    /// </summary>
    public long? Seed { get; init; }

    /// <summary>Ids that end the generation beside the model's end-of-text ids.</summary>
    public IReadOnlyList<int> StopTokens { get; init; } = [];

    /// <summary>Texts that end the generation; the text is cut before the first of them. They need a tokenizer.</summary>
    public IReadOnlyList<string> StopStrings { get; init; } = [];

    /// <summary>
    /// Special tokens that are part of the text all the same, such as the marker before a tool call. The default is none: special tokens
    /// leave no trace in the text.
    /// </summary>
    public IReadOnlyList<int> VisibleSpecialTokens { get; init; } = [];

    /// <summary>
    /// Whether the model's end-of-text ids are ordinary tokens. The default value is <see langword="false"/>: they end the generation.
    /// </summary>
    public bool IgnoreEndOfText { get; init; }

    /// <summary>
    /// What the text must be; it needs a tokenizer. Tokens that would leave it have no probability, before temperature and
    /// everything else; stop tokens are possible exactly where the text is complete. A generation that ends for another reason,
    /// such as <see cref="MaxNewTokens"/>, may be an incomplete text. The default, null, is no constraint.
    /// </summary>
    public TokenConstraint? Constraint { get; init; }

    /// <summary>
    /// Whether text about which <see cref="Constraint"/> leaves no choice is appended in one run, as the tokenizer writes it, instead of
    /// token by token. The ids are the same as those of the model's own choice wherever only one token is possible at a time; where the
    /// same text may be cut into tokens in several ways, the tokenizer's way is taken. The default value is <see langword="true"/>.
    /// </summary>
    public bool ForcedSpans { get; init; } = true;

    /// <summary>
    /// How many of the likeliest tokens are given with each generated one, from 0 (no log-probabilities at all) to 20. With it, a
    /// conversation may hold tokens of a forced span
    /// that the stream has not
    /// given out yet; they are taken back if the stream ends before. The default value is 0.
    /// </summary>
    public int TopLogprobs { get; init; }
}
