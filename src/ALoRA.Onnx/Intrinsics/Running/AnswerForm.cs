using System.Text.Json;
using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Intrinsics.Running;

/// <summary>How the adapter's answer is generated: the request's parameters, and the form that the answer must have.</summary>
internal static class AnswerForm
{
    private const int DefaultTopLogprobs = 10;

    /// <exception cref="IntrinsicFormatException">A parameter is malformed or not supported.</exception>
    public static GenerationOptions Of(Intrinsic intrinsic, JsonObject request)
    {
        GenerationOptions options = RequestParameters.Read(request);
        AdapterIntrinsic? settings = intrinsic.Definition is null ? intrinsic.Adapter.Manifest.Intrinsic : null;
        return options with
        {
            MaxNewTokens = options.MaxNewTokens ?? settings?.MaxNewTokens,
            Constraint = intrinsic.Constraint ?? OfRequest(request),
            TopLogprobs = request["logprobs"] is JsonValue wanted && wanted.TryGetValue(out bool isWanted) && isWanted
                ? request["top_logprobs"] is JsonValue top && top.TryGetValue(out int count) ? count : DefaultTopLogprobs
                : 0,
        };
    }

    /// <summary>The form that a definition or an adapter's settings ask for; null where the answer is free.</summary>
    /// <exception cref="ModelFormatException">The schema can't be enforced.</exception>
    public static TokenConstraint? Of(IntrinsicDefinition? definition, AdapterIntrinsic? settings, string source)
    {
        try
        {
            if (definition is not null)
            {
                return definition.ResponseFormat is { } schema ? TokenConstraint.FromJsonSchema(PythonJson.Print(schema)) : null;
            }

            return settings?.Choices is { Count: > 0 } choices ? TokenConstraint.FromChoices(choices)
                : settings?.JsonSchema is { } text ? TokenConstraint.FromJsonSchema(text)
                : null;
        }
        catch (ArgumentException exception)
        {
            throw new ModelFormatException($"{source}: the form of the answer can't be enforced: {exception.Message}", exception);
        }
    }

    // Definitions for other servers ask for the form in a parameter of OpenAI's.
    private static TokenConstraint? OfRequest(JsonObject request)
    {
        if (request["response_format"] is not { } format)
        {
            return null;
        }

        try
        {
            return (format["type"] as JsonValue)?.GetValue<string>() switch
            {
                "text" => null,
                "json_object" => TokenConstraint.FromJsonSchema("""{"type": "object"}"""),
                "json_schema" when format["json_schema"]?["schema"] is { } schema =>
                    TokenConstraint.FromJsonSchema(PythonJson.Print(schema)),
                _ => throw new IntrinsicFormatException(
                    "The request's 'response_format' should be text, json_object or a json_schema with a schema, but "
                    + $"is {format.ToJsonString()}."),
            };
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or JsonException)
        {
            throw new IntrinsicFormatException($"The request's 'response_format' can't be enforced: {exception.Message}", exception);
        }
    }
}
