using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace ALoRA.Onnx.Extensions.AI.Requests;

/// <summary>What a model reads of a function's result.</summary>
internal static class ToolResultText
{
    // Of the names that the Abstractions give to content in JSON, those that a function's result may have.
    private static readonly string[] Discriminators =
        ["text", "reasoning", "data", "uri", "error", "usage", "hostedFile", "hostedVectorStore"];

    /// <summary>
    /// A text as it is, content as its text, several one behind the other as in a message, the JSON of content as that content,
    /// an exception as its message, and everything else as JSON.
    /// </summary>
    /// <exception cref="NotSupportedException">The result holds content without text, or a type that can't be serialized.</exception>
    public static string Of(FunctionResultContent result)
    {
        switch (result.Result)
        {
            case string text:
                return text;
            case null:
                return result.Exception is null ? "null" : $"Error: {result.Exception.Message}";
            case AIContent content:
                return Join([content], result.CallId);
            case IEnumerable<AIContent> contents:
                return Join(contents, result.CallId);
            case IEnumerable<object?> items when items.Any() && items.All(item => item is AIContent):
                return Join(items.OfType<AIContent>(), result.CallId);
        }

        JsonNode? node = JsonValues.Of(result.Result);
        return node is null ? "null"
            : ContentsOf(node) is { } read ? Join(read, result.CallId)
            : node is JsonValue value && value.TryGetValue(out string? plain) ? plain
            : PythonJson.Print(node, ensureAscii: false);
    }

    private static string Join(IEnumerable<AIContent> contents, string callId)
    {
        StringBuilder text = new();
        foreach (AIContent content in contents)
        {
            text.Append(content switch
            {
                TextContent part => part.Text,
                ErrorContent error => $"Error: {error.Message}",
                UsageContent or TextReasoningContent => "",
                _ => throw new NotSupportedException(
                    $"The result of the call '{callId}' holds a {content.GetType().Name}. This model reads text only; take the content out "
                    + "of the result, or put it into words."),
            });
        }

        return text.ToString();
    }

    // A history that was stored as JSON, or a function whose result was serialized, has content as objects with "$type".
    private static List<AIContent>? ContentsOf(JsonNode node)
    {
        JsonNode?[] items = node is JsonArray list ? [.. list] : [node];
        if (items.Length == 0 || !items.All(IsContent))
        {
            return null;
        }

        try
        {
            return [.. items.Select(item =>
                (AIContent)item.Deserialize(AIJsonUtilities.DefaultOptions.GetTypeInfo(typeof(AIContent)))!)];
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool IsContent(JsonNode? node) => node is JsonObject json && json["$type"] is JsonValue type
        && type.TryGetValue(out string? name) && Discriminators.Contains(name);
}
