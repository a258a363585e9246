using ALoRA.Onnx.Files;

namespace ALoRA.Onnx.Sampling;

/// <summary>What a checkpoint says about its own generation: <c>generation_config.json</c> over the manifest's token ids.</summary>
internal sealed record GenerationDefaults
{
    public const string FileName = "generation_config.json";

    private const int DefaultNewTokens = 1024;

    /// <summary>End-of-text ids of both files together.</summary>
    public required IReadOnlyList<int> StopTokens { get; init; }

    public int MaxNewTokens { get; init; } = DefaultNewTokens;

    /// <summary>The numbers that say how tokens are chosen; null is the parameter's own default.</summary>
    public GenerationOptions Options { get; init; } = new();

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
        return new GenerationDefaults
        {
            StopTokens = [.. manifest.EosTokenIds.Union(json.TokenIds("eos_token_id"))],
            MaxNewTokens = json.OptionalInt("max_new_tokens", 1) ?? DefaultNewTokens,
            Options = Read(json, json.OptionalBool("do_sample") ?? false),
        };
    }

    // Without sampling the file's temperature and what follows it have no effect, as in Transformers.
    private static GenerationOptions Read(JsonFields json, bool sample)
    {
        GenerationOptions options = new();
        foreach (GenerationParameter parameter in GenerationParameters.All)
        {
            if (sample || !parameter.Draws)
            {
                double value = json.OptionalDouble(parameter.Name) ?? (sample ? parameter.DefaultWhenSampling : null) ?? parameter.Default;
                // Greedy choice has a switch of its own in this file.
                bool isPositive = value > 0 || parameter != GenerationParameters.Temperature;
                string range = isPositive ? parameter.Range : "greater than 0";
                options = isPositive && parameter.IsInRange(value)
                    ? parameter.Set(options, value)
                    : throw json.Wrong(
                        json.Field(parameter.Name),
                        $"{(parameter.IsInteger ? "an integer" : "a number")} {range}",
                        FormattableString.Invariant($"{value}"));
            }
        }

        return options;
    }
}
