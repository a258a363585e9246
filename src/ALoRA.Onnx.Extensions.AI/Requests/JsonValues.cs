using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace ALoRA.Onnx.Extensions.AI.Requests;

/// <summary>Makes what comes in as <see cref="object"/> into JSON, without reflection of its own.</summary>
internal static class JsonValues
{
    /// <summary>Any value as JSON; types that the Abstractions' serializer options don't know are refused by it.</summary>
    /// <exception cref="NotSupportedException">The type can't be serialized.</exception>
    public static JsonNode? Of(object? value) => value switch
    {
        null => null,
        JsonNode node => node.DeepClone(),
        JsonElement element => OfElement(element),
        string text => JsonValue.Create(text),
        bool flag => JsonValue.Create(flag),
        int number => JsonValue.Create(number),
        long number => JsonValue.Create(number),
        double number => JsonValue.Create(number),
        _ => JsonSerializer.SerializeToNode(value, AIJsonUtilities.DefaultOptions.GetTypeInfo(value.GetType())),
    };

    /// <summary>A list, or an error that names the key.</summary>
    public static JsonArray ArrayOf(string key, object value) =>
        Of(value) as JsonArray ?? throw Wrong(key, "a JSON list (JsonArray or JsonElement)", value);

    /// <summary>An object, or an error that names the key.</summary>
    public static JsonObject ObjectOf(string key, object value) =>
        Of(value) as JsonObject ?? throw Wrong(key, "a JSON object (JsonObject or JsonElement)", value);

    /// <summary>A text, or an error that names the key.</summary>
    public static string TextOf(string key, object value) => value switch
    {
        string text => text,
        JsonElement { ValueKind: JsonValueKind.String } element => element.GetString()!,
        _ => throw Wrong(key, "a text", value),
    };

    /// <summary>A number, or an error that names the key.</summary>
    public static double NumberOf(string key, object value) => value switch
    {
        float number => number,
        double number => number,
        int number => number,
        long number => number,
        JsonElement { ValueKind: JsonValueKind.Number } element => element.GetDouble(),
        _ => throw Wrong(key, "a number", value),
    };

    /// <summary>A copy that nobody can change, and that every serializer of options knows.</summary>
    public static JsonElement ElementOf(JsonNode node)
    {
        using JsonDocument document = JsonDocument.Parse(node.ToJsonString());
        return document.RootElement.Clone();
    }

    private static JsonNode? OfElement(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Array => JsonArray.Create(element.Clone()),
        JsonValueKind.Object => JsonObject.Create(element.Clone()),
        JsonValueKind.Null or JsonValueKind.Undefined => null,
        _ => JsonValue.Create(element.Clone()),
    };

    private static ArgumentException Wrong(string key, string expected, object value) =>
        new($"{nameof(ChatOptions)}.{nameof(ChatOptions.AdditionalProperties)}[\"{key}\"] must be {expected}, but is "
            + $"a {value.GetType().Name}.");
}
