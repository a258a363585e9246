using System.Text.Json;
using ALoRA.Onnx.Server.Errors;
using ALoRA.Onnx.Server.Wire;
using Microsoft.Extensions.AI;

namespace ALoRA.Onnx.Server.Requests;

/// <summary>What the answer must look like; both null where it is free.</summary>
/// <param name="Json">A JSON form.</param>
/// <param name="Choices">The only texts that are possible.</param>
internal sealed record OutputForm(ChatResponseFormat? Json, IReadOnlyList<string>? Choices)
{
    private const string Format = "response_format";
    private const string Structured = "structured_outputs";

    /// <summary>Whether the answer is free.</summary>
    public bool IsFree => Json is null && Choices is null;

    /// <summary>Reads OpenAI's field and vLLM's.</summary>
    /// <exception cref="ApiError">400: a form is not known, has no schema, or there are two.</exception>
    public static OutputForm Read(GenerationBody body, FormatBody? format)
    {
        OutputForm[] forms =
        [
            .. new[] { OfFormat(format), OfStructured(body.StructuredOutputs), OfSchema(body.GuidedJson, "guided_json") }
                .Where(form => !form.IsFree),
        ];
        return forms.Length switch
        {
            0 => new OutputForm(null, null),
            1 => forms[0],
            _ => throw ApiError.Invalid(
                $"'{Format}', '{Structured}' and 'guided_json' each say what the answer looks like. Send one of them.", Format,
                "contradiction"),
        };
    }

    /// <summary>The constraint, for a request without a chat template.</summary>
    /// <exception cref="JsonSchemaException">The schema can't be enforced.</exception>
    public TokenConstraint? Constraint(AloraModel model) => Json switch
    {
        ChatResponseFormatJson { Schema: JsonElement schema } => model.JsonConstraint(schema.GetRawText()),
        ChatResponseFormatJson => model.JsonConstraint("""{"type": "object"}"""),
        _ => Choices is null ? null : TokenConstraint.FromChoices(Choices),
    };

    private static OutputForm OfFormat(FormatBody? format) => format?.Type switch
    {
        null when format is null => new OutputForm(null, null),
        "text" => new OutputForm(null, null),
        "json_object" => new OutputForm(ChatResponseFormat.Json, null),
        "json_schema" when format.JsonSchema is { Schema.ValueKind: JsonValueKind.Object or JsonValueKind.True } schema =>
            new OutputForm(ChatResponseFormat.ForJsonSchema(schema.Schema, schema.Name, schema.Description), null),
        "json_schema" => throw ApiError.Invalid(
            $"'{Format}.json_schema.schema' should be a JSON schema.", $"{Format}.json_schema.schema", "missing_field"),
        string type => throw ApiError.Invalid(
            $"'{Format}.type' is '{type}'. Known are text, json_object and json_schema.", $"{Format}.type", "not_supported"),
        null => throw ApiError.Invalid($"'{Format}.type' is missing.", $"{Format}.type", "missing_field"),
    };

    private static OutputForm OfStructured(JsonElement given)
    {
        if (given.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
        {
            return new OutputForm(null, null);
        }

        if (given.ValueKind != JsonValueKind.Object)
        {
            throw ApiError.Invalid($"'{Structured}' should be an object.", Structured, "invalid_type");
        }

        JsonProperty[] set =
            [.. given.EnumerateObject().Where(one => one.Value.ValueKind is not (JsonValueKind.Null or JsonValueKind.False))];
        return set switch
        {
            [] => new OutputForm(null, null),
            [{ Name: "json" } one] => OfSchema(one.Value, $"{Structured}.json"),
            [{ Name: "json_object", Value.ValueKind: JsonValueKind.True }] => new OutputForm(ChatResponseFormat.Json, null),
            [{ Name: "choice" } one] => new OutputForm(null, ChoicesOf(one.Value)),
            [JsonProperty one] => throw ApiError.Invalid(
                $"'{Structured}.{one.Name}' is not supported. Known are json, json_object and choice.", $"{Structured}.{one.Name}",
                "not_supported"),
            _ => throw ApiError.Invalid($"'{Structured}' names several forms. Send one of them.", Structured, "contradiction"),
        };
    }

    // vLLM takes a schema as JSON and as a text that holds JSON.
    private static OutputForm OfSchema(JsonElement given, string field)
    {
        switch (given.ValueKind)
        {
            case JsonValueKind.Undefined or JsonValueKind.Null:
                return new OutputForm(null, null);
            case JsonValueKind.Object or JsonValueKind.True:
                return new OutputForm(ChatResponseFormat.ForJsonSchema(given), null);
            case JsonValueKind.String:
                try
                {
                    using JsonDocument document = JsonDocument.Parse(given.GetString()!);
                    return new OutputForm(ChatResponseFormat.ForJsonSchema(document.RootElement.Clone()), null);
                }
                catch (JsonException exception)
                {
                    throw ApiError.Invalid($"'{field}' is a text that holds no JSON: {exception.Message}", field, "invalid_json");
                }

            default:
                throw ApiError.Invalid($"'{field}' should be a JSON schema.", field, "invalid_type");
        }
    }

    private static string[] ChoicesOf(JsonElement given)
    {
        string[] choices = given.ValueKind == JsonValueKind.Array
            ? [.. given.EnumerateArray().Where(one => one.ValueKind == JsonValueKind.String).Select(one => one.GetString()!)]
            : [];
        return choices.Length > 0 && choices.Length == given.GetArrayLength() && !choices.Contains("", StringComparer.Ordinal)
            ? choices
            : throw ApiError.Invalid($"'{Structured}.choice' should be a list of texts.", $"{Structured}.choice", "invalid_type");
    }
}
