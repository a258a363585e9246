using System.Text;
using System.Text.Json;

namespace ALoRA.Onnx.ToolCalls;

/// <summary>Makes the JSON of a call into a part of the answer.</summary>
internal static class CallJson
{
    private static readonly string[] Known = ["name", "id", "type", "function", "arguments", "parameters", "index"];
    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false };

    /// <summary>A call: a name, and an object (or its text) as <c>arguments</c> or <c>parameters</c>.</summary>
    /// <param name="json">An object without half surrogate pairs.</param>
    /// <param name="raw">What the model wrote.</param>
    public static AnswerPart Read(string json, string raw)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, Options);
            JsonElement call = document.RootElement;

            // Some models write the declaration's shape: {"type": "function", "function": {…}}.
            bool isWrapped = call.TryGetProperty("function", out JsonElement function) && function.ValueKind == JsonValueKind.Object;
            string? id = TextOf(call, "id");
            call = isWrapped ? function : call;
            string? name = TextOf(call, "name");
            if (string.IsNullOrWhiteSpace(name))
            {
                return new UnreadableCallPart(raw, "The call has no name.", null, IsCut: false);
            }

            bool hasArguments = call.TryGetProperty("arguments", out JsonElement arguments)
                || call.TryGetProperty("parameters", out arguments);
            string? other = call.EnumerateObject().Select(property => property.Name).FirstOrDefault(key => !Known.Contains(key));
            return !hasArguments && other is not null
                ? new UnreadableCallPart(raw, $"The call has no arguments, but '{other}'.", name, IsCut: false)
                : Call(name, hasArguments ? arguments : default, id ?? TextOf(call, "id"), raw);
        }
        catch (JsonException exception)
        {
            return Unreadable(raw, exception, Peek(raw).Name);
        }
    }

    /// <summary>A call whose name and id stand outside of the JSON.</summary>
    public static AnswerPart Read(string name, string? id, string arguments, string raw)
    {
        if (name.Length == 0)
        {
            return new UnreadableCallPart(raw, "The call has no name.", null, IsCut: false);
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(arguments, Options);
            return Call(name, document.RootElement, string.IsNullOrWhiteSpace(id) ? null : id, raw);
        }
        catch (JsonException exception)
        {
            return Unreadable(raw, exception, name);
        }
    }

    /// <summary>The name of a call that is not complete or not well-formed, and whether arguments were begun.</summary>
    public static (string? Name, bool HasArguments) Peek(ReadOnlySpan<char> raw)
    {
        (string? name, bool hasArguments) = (null, false);
        try
        {
            byte[] bytes = Encoding.UTF8.GetBytes(raw.ToArray());
            Utf8JsonReader reader = new(bytes, isFinalBlock: false, new JsonReaderState());
            string key = "";
            while (reader.Read())
            {
                if (reader.CurrentDepth != 1)
                {
                    continue;
                }

                if (reader.TokenType == JsonTokenType.PropertyName)
                {
                    key = reader.GetString()!;
                    hasArguments |= key is "arguments" or "parameters";
                }
                else if (reader.TokenType == JsonTokenType.String && key == "name" && reader.GetString() is { Length: > 0 } text)
                {
                    name = text;
                }
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Half a surrogate pair is an InvalidOperationException; what was found before stands.
        }

        return (string.IsNullOrWhiteSpace(name) ? null : name, hasArguments);
    }

    private static AnswerPart Call(string name, JsonElement arguments, string? id, string raw)
    {
        switch (arguments.ValueKind)
        {
            case JsonValueKind.Object:
                return new ToolCallPart(name, arguments.Clone(), id);
            case JsonValueKind.Undefined or JsonValueKind.Null:
                return new ToolCallPart(name, JsonElement.Parse("{}"), id);
            case JsonValueKind.String:
                string text = arguments.GetString()!;
                return string.IsNullOrWhiteSpace(text) ? new ToolCallPart(name, JsonElement.Parse("{}"), id)
                    : Check(text) is string error
                        ? new UnreadableCallPart(raw, $"The text of the arguments is not JSON: {error}.", name, IsCut: false)
                    : Read(name, id, text, raw);
            default:
                return new UnreadableCallPart(raw, "The arguments are no object.", name, IsCut: false);
        }
    }

    // The text of arguments has escapes of its own, and so may have half a surrogate pair of its own.
    private static string? Check(string text)
    {
        string trimmed = text.Trim();
        if (trimmed[0] != '{')
        {
            return "it is no object";
        }

        CallScanner scanner = new(isPython: false);
        for (int i = 0; i < trimmed.Length; i++)
        {
            switch (scanner.Take(trimmed[i]))
            {
                case CallScanner.Step.Wrong:
                    return scanner.Error;
                case CallScanner.Step.Done:
                    return i == trimmed.Length - 1 ? null : "something stands behind the object";
            }
        }

        return "it is not complete";
    }

    private static string? TextOf(JsonElement call, string key) =>
        call.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.String
        && value.GetString() is string text && !string.IsNullOrWhiteSpace(text) ? text : null;

    private static UnreadableCallPart Unreadable(string raw, JsonException exception, string? name) =>
        new(raw, $"The call is not JSON: {exception.Message.ReplaceLineEndings(" ")}", name, IsCut: false);
}
