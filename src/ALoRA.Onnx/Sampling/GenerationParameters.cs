namespace ALoRA.Onnx;

/// <summary>The numbers of <see cref="GenerationOptions"/> that say how tokens are chosen.</summary>
public static class GenerationParameters
{
    // Models are run with 1 to 2. Far beyond, the penalty is all there is, and logits become infinite or nothing.
    private const float SmallestPenalty = 0.01f;
    private const float LargestPenalty = 100;

    /// <summary>The one whose 0, greedy in options, is refused by a file that asks for sampling.</summary>
    internal static GenerationParameter Temperature { get; } = new(
        "temperature",
        nameof(GenerationOptions.Temperature),
        "0 takes the most likely token; higher is more varied.",
        "0 or greater, and finite",
        0,
        value => value >= 0,
        options => options.Temperature,
        (options, value) => options with { Temperature = (float)value })
    {
        Draws = true,
        DefaultWhenSampling = 1,
    };

    /// <summary>All of them, in the order in which they work.</summary>
    public static IReadOnlyList<GenerationParameter> All { get; } =
    [
        new(
            "repetition_penalty",
            nameof(GenerationOptions.RepetitionPenalty),
            "Divides the logits of tokens in prompt and answer if positive, else multiplies them; 1 is off.",
            "from 0.01 to 100",
            1,
            value => value is >= SmallestPenalty and <= LargestPenalty,
            options => options.RepetitionPenalty,
            (options, value) => options with { RepetitionPenalty = (float)value }),
        new(
            "presence_penalty",
            nameof(GenerationOptions.PresencePenalty),
            "Taken from the logits of tokens that were generated already; 0 is off.",
            "from -2 to 2",
            0,
            value => value is >= -2 and <= 2,
            options => options.PresencePenalty,
            (options, value) => options with { PresencePenalty = (float)value }),
        new(
            "frequency_penalty",
            nameof(GenerationOptions.FrequencyPenalty),
            "Taken from the logits of generated tokens once for each time they were generated; 0 is off.",
            "from -2 to 2",
            0,
            value => value is >= -2 and <= 2,
            options => options.FrequencyPenalty,
            (options, value) => options with { FrequencyPenalty = (float)value }),
        new(
            "no_repeat_ngram_size",
            nameof(GenerationOptions.NoRepeatNgramSize),
            "No sequence of this many tokens comes twice in prompt and answer; 0 is off.",
            "0 or greater",
            0,
            value => value >= 0,
            options => options.NoRepeatNgramSize,
            (options, value) => options with { NoRepeatNgramSize = (int)value },
            isInteger: true),
        Temperature,
        new(
            "top_k",
            nameof(GenerationOptions.TopK),
            "Sample among this many most likely tokens; 0 is off.",
            "0 or greater",
            0,
            value => value >= 0,
            options => options.TopK,
            (options, value) => options with { TopK = (int)value },
            isInteger: true)
        {
            Draws = true,
            // Transformers samples from the best 50 where the file does not say otherwise.
            DefaultWhenSampling = 50,
        },
        new(
            "top_p",
            nameof(GenerationOptions.TopP),
            "Sample among the tokens that reach this probability together; 1 is off.",
            "greater than 0 and at most 1",
            1,
            value => value is > 0 and <= 1,
            options => options.TopP,
            (options, value) => options with { TopP = (float)value })
        {
            Draws = true,
        },
        new(
            "min_p",
            nameof(GenerationOptions.MinP),
            "Sample among tokens with this share of the best one's probability; 0 is off.",
            "from 0 to 1",
            0,
            value => value is >= 0 and <= 1,
            options => options.MinP,
            (options, value) => options with { MinP = (float)value })
        {
            Draws = true,
        },
    ];

    /// <summary>The parameter of a name such as <c>min_p</c>; null if there is none.</summary>
    /// <exception cref="ArgumentNullException"><paramref name="name"/> is null.</exception>
    public static GenerationParameter? Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return All.FirstOrDefault(parameter => parameter.Name == name);
    }

    /// <summary>
    /// A copy of options in which every parameter that they leave open has its default, whatever <c>generation_config.json</c> says.
    /// </summary>
    /// <exception cref="ArgumentNullException"><paramref name="options"/> is null.</exception>
    public static GenerationOptions WithDefaults(GenerationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        foreach (GenerationParameter parameter in All)
        {
            options = parameter.Get(options) is null ? parameter.Set(options, parameter.Default) : options;
        }

        return options;
    }
}
