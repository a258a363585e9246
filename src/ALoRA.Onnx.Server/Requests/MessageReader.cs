using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ALoRA.Onnx.Server.Errors;
using ALoRA.Onnx.Server.Wire;
using Microsoft.Extensions.AI;

namespace ALoRA.Onnx.Server.Requests;

/// <summary>Reads messages as OpenAI's clients send them.</summary>
internal static class MessageReader
{
    private const string Messages = "messages";

    /// <summary>The messages for the chat request reader.</summary>
    /// <exception cref="ApiError">400: there are none, or one is malformed.</exception>
    public static List<ChatMessage> Read(MessageBody[]? messages)
    {
        if (messages is not { Length: > 0 })
        {
            throw ApiError.Invalid($"'{Messages}' is missing or empty. Send at least one message.", Messages, "missing_field");
        }

        List<ChatMessage> read = new(messages.Length);
        for (int i = 0; i < messages.Length; i++)
        {
            read.Add(Read(messages[i], $"{Messages}[{i}]"));
        }

        return read;
    }

    /// <summary>The messages in OpenAI's form with texts as contents, for an intrinsic's definition.</summary>
    /// <inheritdoc cref="Read(MessageBody[])"/>
    public static JsonArray ToJson(MessageBody[]? messages)
    {
        List<ChatMessage> read = Read(messages);
        return
        [
            .. read.Select((message, i) => (JsonNode)new JsonObject
            {
                ["role"] = message.Role.Value,
                ["content"] = TextOf(messages![i].Content, $"{Messages}[{i}].content"),
            }),
        ];
    }

    private static ChatMessage Read(MessageBody? message, string place)
    {
        if (message is null)
        {
            throw ApiError.Invalid($"'{place}' is null.", place, "invalid_type");
        }

        ChatRole role = message.Role switch
        {
            "system" or "developer" => ChatRole.System,
            "user" => ChatRole.User,
            "assistant" => ChatRole.Assistant,
            "tool" => ChatRole.Tool,
            null => throw ApiError.Invalid($"'{place}.role' is missing.", $"{place}.role", "missing_field"),
            string other => throw ApiError.Invalid(
                $"'{place}.role' is '{other}'. Known are system, developer, user, assistant and tool.", $"{place}.role", "not_supported"),
        };
        string text = TextOf(message.Content, $"{place}.content");
        ChatMessage read = new(role, (string?)null) { AuthorName = message.Name };
        if (role == ChatRole.Tool)
        {
            read.Contents.Add(new FunctionResultContent(
                message.ToolCallId ?? throw ApiError.Invalid(
                    $"'{place}.tool_call_id' is missing: name the call that this is the result of.", $"{place}.tool_call_id",
                    "missing_field"),
                text));
            return read;
        }

        if ((message.ReasoningContent ?? message.Reasoning) is { Length: > 0 } thoughts && role == ChatRole.Assistant)
        {
            read.Contents.Add(new TextReasoningContent(thoughts));
        }

        bool hasCalls = message.ToolCalls is { Length: > 0 };
        if (hasCalls && role != ChatRole.Assistant)
        {
            throw ApiError.Invalid(
                $"'{place}.tool_calls' stand in a message of the role '{message.Role}'; only the assistant calls tools.",
                $"{place}.tool_calls", "not_supported");
        }

        if (message.Content.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null && !hasCalls && message.Refusal is null)
        {
            throw ApiError.Invalid($"'{place}.content' is missing.", $"{place}.content", "missing_field");
        }

        if (text.Length > 0 || !hasCalls)
        {
            read.Contents.Add(new TextContent(text.Length == 0 ? message.Refusal ?? "" : text));
        }

        for (int i = 0; i < (message.ToolCalls?.Length ?? 0); i++)
        {
            read.Contents.Add(CallOf(message.ToolCalls![i], $"{place}.tool_calls[{i}]"));
        }

        return read;
    }

    private static FunctionCallContent CallOf(ToolCallBody? call, string place)
    {
        if (call?.Type is not (null or "function") || call?.Function?.Name is not { Length: > 0 } name)
        {
            throw ApiError.Invalid($"'{place}' should be a call of a function with a name.", place, "not_supported");
        }

        string id = call.Id ?? throw ApiError.Invalid($"'{place}.id' is missing.", $"{place}.id", "missing_field");
        string field = $"{place}.function.arguments";
        Dictionary<string, object?> arguments = [];
        if (!string.IsNullOrWhiteSpace(call.Function.Arguments))
        {
            try
            {
                using JsonDocument document = JsonDocument.Parse(call.Function.Arguments);
                foreach (JsonProperty argument in document.RootElement.EnumerateObject())
                {
                    arguments[argument.Name] = argument.Value.Clone();
                }
            }
            catch (Exception exception) when (exception is JsonException or InvalidOperationException)
            {
                throw ApiError.Invalid($"'{field}' should be a text that holds a JSON object.", field, "invalid_json");
            }
        }

        return new FunctionCallContent(id, name, arguments);
    }

    /// <summary>The text of a content: a text, a list of parts, or null.</summary>
    /// <exception cref="ApiError">400: it holds something else than text.</exception>
    public static string TextOf(JsonElement content, string place)
    {
        switch (content.ValueKind)
        {
            case JsonValueKind.Undefined or JsonValueKind.Null:
                return "";
            case JsonValueKind.String:
                return content.GetString()!;
            case JsonValueKind.Array:
                StringBuilder text = new();
                int index = 0;
                foreach (JsonElement part in content.EnumerateArray())
                {
                    text.Append(PartOf(part, $"{place}[{index++}]"));
                }

                return text.ToString();
            default:
                throw ApiError.Invalid($"'{place}' should be a text or a list of parts.", place, "invalid_type");
        }
    }

    private static string PartOf(JsonElement part, string place)
    {
        if (part.ValueKind == JsonValueKind.String)
        {
            return part.GetString()!;
        }

        string? type = Text(part, "type");
        return type switch
        {
            "text" or "input_text" or "output_text" when Text(part, "text") is string text => text,
            "refusal" when Text(part, "refusal") is string refusal => refusal,
            _ => throw ApiError.Invalid(
                $"'{place}' is {(type is null ? "no part with a type" : $"a part of the type '{type}'")}. This model "
                + "reads parts of text only.",
                place, "not_supported"),
        };
    }

    private static string? Text(JsonElement part, string name) =>
        part.ValueKind == JsonValueKind.Object
            && part.TryGetProperty(name, out JsonElement value)
            && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
