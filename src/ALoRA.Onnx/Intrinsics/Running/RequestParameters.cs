using System.Text.Json;
using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Intrinsics.Running;

/// <summary>Reads how to generate from a rewritten request; what can't be honoured is refused.</summary>
internal static class RequestParameters
{
    // They say nothing about what is generated, or are read elsewhere.
    private static readonly string[] Neutral =
    [
        "messages", "model", "tools", "extra_body", "stream", "user", "metadata", "store", "logprobs", "top_logprobs", "response_format",
    ];

    /// <exception cref="IntrinsicFormatException">A parameter is malformed or not supported.</exception>
    public static GenerationOptions Read(JsonObject request)
    {
        GenerationOptions options = new();
        foreach ((string name, JsonNode? value) in request)
        {
            if (value is not null && !Neutral.Contains(name, StringComparer.Ordinal))
            {
                options = Apply(options, name, value);
            }
        }

        return options;
    }

    private static GenerationOptions Apply(GenerationOptions options, string name, JsonNode value) => name switch
    {
        "max_completion_tokens" or "max_tokens" => options with { MaxNewTokens = (int)Number(name, value) },
        "seed" => options with { Seed = (long)Number(name, value) },
        "stop" => options with { StopStrings = Texts(name, value) },
        "n" when Number(name, value) == 1 => options,
        _ when GenerationParameters.Find(name) is GenerationParameter parameter => Set(options, parameter, value),
        _ => throw new IntrinsicFormatException(
            $"The request's '{name}' is {value.ToJsonString()}, which is not supported. "
            + "Take it out of the request or the definition's parameters."),
    };

    private static GenerationOptions Set(GenerationOptions options, GenerationParameter parameter, JsonNode value)
    {
        double number = Number(parameter.Name, value);
        return parameter.IsInRange(number)
            ? parameter.Set(options, number)
            : throw Wrong(parameter.Name, value, $"{(parameter.IsInteger ? "an integer" : "a number")} {parameter.Range}");
    }

    private static double Number(string name, JsonNode value) => value is JsonValue number && number.GetValueKind() == JsonValueKind.Number
        ? double.Parse(number.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture)
        : throw Wrong(name, value, "a number");

    private static string[] Texts(string name, JsonNode value) => value switch
    {
        JsonArray list => [.. list.SelectMany(item => Texts(name, item ?? throw Wrong(name, value, "a list of texts")))],
        JsonValue text when text.TryGetValue(out string? stop) => [stop],
        _ => throw Wrong(name, value, "a text or a list of texts"),
    };

    private static IntrinsicFormatException Wrong(string name, JsonNode value, string expected) =>
        new($"The request's '{name}' should be {expected}, but is {value.ToJsonString()}.");
}
