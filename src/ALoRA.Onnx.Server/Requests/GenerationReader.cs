using System.Globalization;
using System.Text.Json;
using ALoRA.Onnx.Server.Errors;
using ALoRA.Onnx.Server.Wire;

namespace ALoRA.Onnx.Server.Requests;

/// <summary>Reads how an answer is generated. What a field does not say is left open, for the model's own defaults.</summary>
internal static class GenerationReader
{
    /// <summary>Most answers to one prompt.</summary>
    public const int MaxChoices = 128;

    /// <summary>Most likely tokens beside each token.</summary>
    public const int MaxTopLogprobs = 20;

    private const int MaxStops = 64;
    private const double MaxBias = 100;

    /// <summary>Reads numbers of sampling, ends and bias.</summary>
    /// <param name="body">The request.</param>
    /// <param name="maxTokens">Tokens of the answer at most; null for the default.</param>
    /// <param name="maxTokensField">The field that says so.</param>
    /// <param name="vocabulary">Size of the model's vocabulary.</param>
    /// <exception cref="ApiError">400: a value is out of its range.</exception>
    public static GenerationOptions Read(GenerationBody body, int? maxTokens, string maxTokensField, int vocabulary)
    {
        if (maxTokens < 1)
        {
            throw ApiError.Invalid($"'{maxTokensField}' must be at least 1, but is {maxTokens}.", maxTokensField, "out_of_range");
        }

        GenerationOptions options = new()
        {
            MaxNewTokens = maxTokens,
            Seed = body.Seed,
            StopStrings = StopsOf(body.Stop),
            StopTokens = IdsOf(body.StopTokenIds, vocabulary),
            LogitBias = BiasOf(body.LogitBias, vocabulary),
            IgnoreEndOfText = body.IgnoreEos == true,
        };
        foreach (GenerationParameter parameter in GenerationParameters.All)
        {
            options = ValueOf(body, parameter.Name) is double value ? Set(options, parameter, value) : options;
        }

        return options;
    }

    /// <summary>How many answers are wanted.</summary>
    /// <exception cref="ApiError">400: none, or too many.</exception>
    public static int ChoicesOf(GenerationBody body) => body.N is not int count ? 1
        : count is >= 1 and <= MaxChoices ? count
        : throw ApiError.Invalid($"'n' must be from 1 to {MaxChoices}, but is {count}.", "n", "out_of_range");

    /// <summary>Options that give log-probabilities of each token and of some likely ones.</summary>
    /// <param name="options">The options.</param>
    /// <param name="top">How many likely ones; null for no log-probabilities at all.</param>
    /// <param name="field">The field that says so.</param>
    /// <exception cref="ApiError">400: too many.</exception>
    public static GenerationOptions WithLogprobs(GenerationOptions options, int? top, string field) => top switch
    {
        null => options,
        >= 0 and <= MaxTopLogprobs => options with { TopLogprobs = Math.Max(1, top.Value) },
        _ => throw ApiError.Invalid($"'{field}' must be from 0 to {MaxTopLogprobs}, but is {top}.", field, "out_of_range"),
    };

    private static double? ValueOf(GenerationBody body, string name) => name switch
    {
        "temperature" => body.Temperature,
        "top_p" => body.TopP,

        // vLLM's way to switch it off.
        "top_k" => body.TopK == -1 ? 0 : body.TopK,
        "min_p" => body.MinP,
        "presence_penalty" => body.PresencePenalty,
        "frequency_penalty" => body.FrequencyPenalty,
        "repetition_penalty" => body.RepetitionPenalty,
        "no_repeat_ngram_size" => body.NoRepeatNgramSize,
        _ => null,
    };

    private static GenerationOptions Set(GenerationOptions options, GenerationParameter parameter, double value) =>
        parameter.IsInRange(value)
            ? parameter.Set(options, value)
            : throw ApiError.Invalid(
                string.Create(CultureInfo.InvariantCulture, $"'{parameter.Name}' must be {parameter.Range}, but is {value}."),
                parameter.Name, "out_of_range");

    private static string[] StopsOf(JsonElement stop)
    {
        string[] stops = stop.ValueKind switch
        {
            JsonValueKind.Undefined or JsonValueKind.Null => [],
            JsonValueKind.String => [stop.GetString()!],
            JsonValueKind.Array when stop.EnumerateArray().All(one => one.ValueKind == JsonValueKind.String) =>
                [.. stop.EnumerateArray().Select(one => one.GetString()!)],
            _ => throw ApiError.Invalid("'stop' should be a text or a list of texts.", "stop", "invalid_type"),
        };
        return stops.Length > MaxStops || stops.Contains("", StringComparer.Ordinal)
            ? throw ApiError.Invalid($"'stop' may have {MaxStops} texts at most, and none of them empty.", "stop", "out_of_range")
            : stops;
    }

    private static int[] IdsOf(int[]? ids, int vocabulary) =>
        Array.Find(ids ?? [], id => (uint)id >= (uint)vocabulary) is int wrong and not 0
        ? throw ApiError.Invalid(
            $"'stop_token_ids' has {wrong}, but the vocabulary's ids are from 0 to {vocabulary - 1}.", "stop_token_ids", "out_of_range")
        : ids ?? [];

    private static Dictionary<int, float> BiasOf(Dictionary<string, double>? given, int vocabulary)
    {
        Dictionary<int, float> bias = [];
        foreach ((string key, double value) in given ?? [])
        {
            if (!int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out int id) || id >= vocabulary)
            {
                throw ApiError.Invalid(
                    $"'logit_bias' has the key '{key}', but its keys are ids from 0 to {vocabulary - 1}.", "logit_bias", "out_of_range");
            }

            if (!(Math.Abs(value) <= MaxBias))
            {
                throw ApiError.Invalid(
                    string.Create(CultureInfo.InvariantCulture, $"'logit_bias' of {id} must be from -100 to 100, but is {value}."),
                    "logit_bias", "out_of_range");
            }

            bias[id] = (float)value;
        }

        return bias;
    }
}
