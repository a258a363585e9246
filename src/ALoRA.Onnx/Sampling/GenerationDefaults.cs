using ALoRA.Onnx.Files;

namespace ALoRA.Onnx.Sampling;

/// <summary>What a checkpoint says about its own generation: <c>generation_config.json</c> over the manifest's token ids.</summary>
internal sealed record GenerationDefaults
{
    public const string FileName = "generation_config.json";

    private const int TransformersTopK = 50;
    private const int DefaultNewTokens = 1024;

    /// <summary>End-of-text ids of both files together.</summary>
    public required IReadOnlyList<int> StopTokens { get; init; }

    public int MaxNewTokens { get; init; } = DefaultNewTokens;

    /// <summary>0 is greedy.</summary>
    public float Temperature { get; init; }

    /// <summary>0 is off.</summary>
    public int TopK { get; init; }

    public float TopP { get; init; } = 1;

    public float MinP { get; init; }

    public float RepetitionPenalty { get; init; } = 1;

    /// <summary>Reads the defaults of a model folder; a folder without the file is greedy.</summary>
    /// <exception cref="ModelFormatException">The file is malformed, or a value is out of its range.</exception>
    public static GenerationDefaults Read(string folder, ModelManifest manifest)
    {
        string file = Path.Combine(folder, FileName);
        if (!File.Exists(file))
        {
            return new GenerationDefaults { StopTokens = manifest.EosTokenIds };
        }

        JsonFields json = JsonFields.Read(file, "Correct the file, or remove it to generate greedily.");
        bool sample = json.OptionalBool("do_sample") ?? false;
        return new GenerationDefaults
        {
            StopTokens = [.. manifest.EosTokenIds.Union(json.TokenIds("eos_token_id"))],
            MaxNewTokens = json.OptionalInt("max_new_tokens", 1) ?? DefaultNewTokens,
            Temperature = sample ? Number(json, "temperature", 1, value => value > 0, "greater than 0") : 0,
            // Transformers samples from the best 50 where the file does not say otherwise.
            TopK = sample ? json.OptionalInt("top_k", 0) ?? TransformersTopK : 0,
            TopP = sample ? Number(json, "top_p", 1, value => value is > 0 and <= 1, "greater than 0 and at most 1") : 1,
            MinP = sample ? Number(json, "min_p", 0, value => value is >= 0 and <= 1, "from 0 to 1") : 0,
            RepetitionPenalty = Number(json, "repetition_penalty", 1, value => value > 0, "greater than 0"),
        };
    }

    private static float Number(JsonFields json, string name, float byDefault, Func<double, bool> isValid, string range)
    {
        double value = json.OptionalDouble(name) ?? byDefault;
        return isValid(value) ? (float)value : throw json.Wrong(json.Field(name), $"a number {range}", FormattableString.Invariant($"{value}"));
    }
}
