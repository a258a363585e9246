using System.Collections.ObjectModel;

namespace ALoRA.Onnx;

/// <summary>
/// How tokens are sampled and when generation ends. A property that is null takes its value from the model's
/// <c>generation_config.json</c>, or else the default named here.
/// </summary>
/// <remarks>
/// <para>
/// Values are checked when a generation starts. Order and meaning are those of Transformers. First come the steps that change logits:
/// repetition penalty, presence and frequency penalty, logit bias, no-repeat n-grams, custom processors in their order, and last the
/// constraint, so that nothing can bring a forbidden id back. Greedy decoding then takes the largest logit. Sampling goes on with
/// temperature, top-k, top-p, min-p and the draw, which only remove candidates. <see cref="Sampler"/> replaces these.
/// </para>
/// <para>
/// Tokens that leave no choice, such as those of a forced span, skip all of these steps. Log-probabilities are those of the model's
/// logits, and of what the constraint leaves of them; penalties, bias and processors do not affect them.
/// </para>
/// </remarks>
public sealed record GenerationOptions
{
    /// <summary>Largest number of tokens to generate, at least 1. The default value is 1,024.</summary>
    public int? MaxNewTokens { get; init; }

    /// <summary>
    /// Divides the logits before sampling; 0 is greedy: the most likely token, and so is what is too small to divide by. The default value
    /// is 0.
    /// </summary>
    public float? Temperature { get; init; }

    /// <summary>
    /// Samples among this many most likely tokens; 0 is off.
    /// The default value is 0, or 50 if <c>generation_config.json</c> asks for sampling without giving a value.
    /// </summary>
    public int? TopK { get; init; }

    /// <summary>
    /// Samples among the smallest set of most likely tokens whose probabilities sum up to this, above 0 and at most 1 (off).
    /// The default value is 1.
    /// </summary>
    public float? TopP { get; init; }

    /// <summary>
    /// Samples among tokens with at least this fraction of the probability of the most likely one, from 0 (off) to 1.
    /// The default value is 0.
    /// </summary>
    public float? MinP { get; init; }

    /// <summary>
    /// Divides the positive and multiplies the negative logits of all tokens in prompt and answer, also for greedy decoding; 1 is off.
    /// From 0.01 to 100: beyond, logits become infinite or nothing, whatever the model says. The default value is 1.
    /// </summary>
    public float? RepetitionPenalty { get; init; }

    /// <summary>
    /// Subtracted from the logits of all ids that this generation has produced, from -2 to 2, also for greedy decoding, as in OpenAI's
    /// API and vLLM. Ids of the prompt don't count. The default value is 0, which is off.
    /// </summary>
    public float? PresencePenalty { get; init; }

    /// <summary>
    /// Subtracted from the logit of an id once for each time that this generation has produced it, from -2 to 2, also for greedy
    /// decoding, as in OpenAI's API and vLLM. Ids of the prompt don't count. The default value is 0, which is off.
    /// </summary>
    public float? FrequencyPenalty { get; init; }

    /// <summary>
    /// Added to the logits of single ids, also for greedy decoding: finite numbers, or negative infinity, which forbids an id.
    /// Ids must be in the vocabulary. The default is none.
    /// </summary>
    public IReadOnlyDictionary<int, float> LogitBias { get; init; } = ReadOnlyDictionary<int, float>.Empty;

    /// <summary>
    /// Forbids ids that would repeat a sequence of this many ids within prompt and answer, also for greedy decoding.
    /// The default value is 0, which is off.
    /// </summary>
    public int? NoRepeatNgramSize { get; init; }

    /// <summary>
    /// Factories of custom processors, called once each when a generation starts. The processors run in this order, after penalties,
    /// bias and n-grams, and before the constraint. The default is none.
    /// </summary>
    public IReadOnlyList<Func<GenerationContext, ILogitsProcessor>> LogitsProcessors { get; init; } = [];

    /// <summary>
    /// Factory of a custom sampler, called once when a generation starts. The sampler replaces <see cref="Temperature"/>,
    /// <see cref="TopK"/>, <see cref="TopP"/> and <see cref="MinP"/>, which must be null then; their values in
    /// <c>generation_config.json</c> have no effect. The default, null, is the built-in sampling.
    /// </summary>
    public Func<GenerationContext, ITokenSampler>? Sampler { get; init; }

    /// <summary>
    /// Makes sampling repeatable: the same seed, prompt and options give the same tokens. Each token is drawn with a number that depends
    /// on the seed and the token's position alone, so that an answer can be continued elsewhere: the prompt with the first tokens of the
    /// answer behind it gives the others, unless a constraint or a penalty counts from the answer's beginning. The default, null, is a
    /// new seed each time.
    /// </summary>
    public long? Seed { get; init; }

    /// <summary>Ids that end the generation, in addition to the model's end-of-text ids. The default is none.</summary>
    public IReadOnlyList<int> StopTokens { get; init; } = [];

    /// <summary>
    /// Texts that end the generation; the result is cut before the first of them. They need a tokenizer. The default is none.
    /// </summary>
    public IReadOnlyList<string> StopStrings { get; init; } = [];

    /// <summary>
    /// Special tokens that are kept in the text, such as the marker before a tool call. The default is none: all special tokens are
    /// left out of the text.
    /// </summary>
    public IReadOnlyList<int> VisibleSpecialTokens { get; init; } = [];

    /// <summary>
    /// Whether the model's end-of-text ids are ordinary tokens. The default value is <see langword="false"/>: they end the generation.
    /// </summary>
    public bool IgnoreEndOfText { get; init; }

    /// <summary>
    /// What the text must look like; it needs a tokenizer. Tokens that would violate it get no probability; stop tokens are possible
    /// exactly where the text is complete. The text may be incomplete if the generation ends for another reason, such as
    /// <see cref="MaxNewTokens"/>. The default, null, is no constraint.
    /// </summary>
    public TokenConstraint? Constraint { get; init; }

    /// <summary>
    /// Whether text for which <see cref="Constraint"/> leaves no choice is appended in one run instead of token by token. The ids are
    /// those that the model would generate wherever only one token is possible at a time; where the same text can be split into tokens
    /// in several ways, they are the tokenizer's. The default value is <see langword="true"/>.
    /// </summary>
    public bool ForcedSpans { get; init; } = true;

    /// <summary>
    /// Number of most likely tokens that are returned with each generated one, from 0 (no log-probabilities at all) to 20.
    /// With log-probabilities, a conversation may already hold tokens of a forced span that the stream has not returned yet; they are
    /// removed again if the stream ends before. The default value is 0.
    /// </summary>
    public int TopLogprobs { get; init; }
}
