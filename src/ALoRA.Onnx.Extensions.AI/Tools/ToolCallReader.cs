using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.AI;

namespace ALoRA.Onnx.Extensions.AI.Tools;

/// <summary>Makes the JSON of a call into content. What can't be read becomes a call that says why, and that nobody carries out.</summary>
internal static partial class ToolCallReader
{
    /// <summary>Reads one call or a list of calls: a name, and an object (or its text) as <c>arguments</c> or <c>parameters</c>.</summary>
    public static IReadOnlyList<FunctionCallContent> Read(string json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            JsonElement root = document.RootElement;
            return root.ValueKind == JsonValueKind.Array ? [.. root.EnumerateArray().Select(Read)] : [Read(root)];
        }
        catch (JsonException exception)
        {
            return [Malformed(json, exception)];
        }
    }

    /// <summary>Reads a call whose name and id stand outside of the JSON.</summary>
    public static FunctionCallContent Read(string name, string arguments, string? id)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(arguments);
            return Call(name, document.RootElement, id);
        }
        catch (JsonException exception)
        {
            return Malformed(arguments, exception, name);
        }
    }

    private static FunctionCallContent Read(JsonElement call)
    {
        // Some models write the declaration's shape: {"type": "function", "function": {…}}.
        if (call.ValueKind == JsonValueKind.Object
            && call.TryGetProperty("function", out JsonElement function)
            && function.ValueKind == JsonValueKind.Object)
        {
            call = function;
        }

        if (call.ValueKind != JsonValueKind.Object
            || !call.TryGetProperty("name", out JsonElement name)
            || name.ValueKind != JsonValueKind.String)
        {
            return Malformed(call.GetRawText(), new FormatException("There is no object with a name."));
        }

        string? id = call.TryGetProperty("id", out JsonElement given) && given.ValueKind == JsonValueKind.String ? given.GetString() : null;
        bool hasArguments = call.TryGetProperty("arguments", out JsonElement arguments) || call.TryGetProperty("parameters", out arguments);
        return hasArguments
            ? Call(name.GetString()!, arguments, id)
            : new FunctionCallContent(id ?? ToolCallId.Create(), name.GetString()!, new Dictionary<string, object?>());
    }

    private static FunctionCallContent Call(string name, JsonElement arguments, string? id)
    {
        if (arguments.ValueKind == JsonValueKind.String)
        {
            return Read(name, arguments.GetString()!, id);
        }

        if (arguments.ValueKind is not (JsonValueKind.Object or JsonValueKind.Null))
        {
            return Malformed(arguments.GetRawText(), new FormatException("The arguments are no object."), name);
        }

        Dictionary<string, object?> values = [];
        if (arguments.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty property in arguments.EnumerateObject())
            {
                values[property.Name] = property.Value.Clone();
            }
        }

        return new FunctionCallContent(string.IsNullOrEmpty(id) ? ToolCallId.Create() : id, name, values);
    }

    private static FunctionCallContent Malformed(string text, Exception inner, string? name = null) =>
        new(ToolCallId.Create(), name ?? (NameIn().Match(text) is { Success: true } match ? match.Groups[1].Value : ""))
        {
            Exception = new FormatException($"The model wrote a tool call that can't be read: {text}", inner),
            InformationalOnly = true,
            RawRepresentation = text,
        };

    [GeneratedRegex("\"name\"\\s*:\\s*\"([^\"\\\\]+)\"")]
    private static partial Regex NameIn();
}
