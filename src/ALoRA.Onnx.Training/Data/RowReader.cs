using System.Text.Json;
using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Training.Data;

/// <summary>Reads a line: the demo's and TRL's forms of chats, rendered texts, mellea's items.</summary>
internal static class RowReader
{
    private const string Messages = "messages";
    private const string Prompt = "prompt";
    private const string Completion = "completion";
    private const string Item = "item";
    private const string Label = "label";

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>Reads a line.</summary>
    /// <exception cref="FormatException">It is no JSON object, or of no known form; the message says what was expected.</exception>
    public static DataRow Read(string line)
    {
        JsonObject row;
        try
        {
            row = JsonNode.Parse(line, documentOptions: Strict) as JsonObject
                ?? throw new FormatException("expected a JSON object, got another value.");
        }
        catch (JsonException exception)
        {
            throw new FormatException($"expected a JSON object on one line: {exception.Message.ReplaceLineEndings(" ")}", exception);
        }

        if (row.ContainsKey(Messages))
        {
            if (row.ContainsKey(Prompt))
            {
                throw new FormatException($"expected '{Messages}' or '{Prompt}', got both. Leave one out.");
            }

            JsonArray messages = Conversation(row, Messages);
            return row.ContainsKey(Completion)
                ? Chat(row, messages, CompletionOf(row[Completion]))
                : WithLastMessage(row, messages);
        }

        if (row.ContainsKey(Prompt))
        {
            return row[Prompt] is JsonArray
                ? Chat(row, Conversation(row, Prompt), CompletionOf(row[Completion]))
                : new DataRow(RowForm.Text, null, null, Text(row, Prompt), CompletionOf(row[Completion]), Correct(row));
        }

        if (row.ContainsKey(Item))
        {
            JsonArray messages = [Message("user", Text(row, Item))];
            return Chat(row, messages, LabelOf(row)) with { Form = RowForm.ItemAndLabel };
        }

        throw new FormatException(
            """expected {"messages": [...], "completion": "..."}, {"messages": [..., assistant]}, {"prompt": ..., "completion": ...} or """
            + $$"""{"item": ..., "label": ...}, got the members {{string.Join(", ", row.Select(member => member.Key))}}.""");
    }

    private static DataRow Chat(JsonObject row, JsonArray messages, string completion)
    {
        JsonObject request = new() { [Messages] = messages };
        if (row["tools"] is { } tools)
        {
            request["tools"] = tools is JsonArray
                ? tools.DeepClone()
                : throw new FormatException($"'tools': expected a list, got a JSON {tools.GetValueKind()}.");
        }

        if (row["documents"] is { } documents)
        {
            request["extra_body"] = new JsonObject { ["documents"] = documents.DeepClone() };
        }

        JsonObject? arguments = row["arguments"] switch
        {
            null => null,
            JsonObject values => values.DeepClone().AsObject(),
            { } other => throw new FormatException($"'arguments': expected an object, got a JSON {other.GetValueKind()}."),
        };
        return new DataRow(RowForm.Messages, request, arguments, null, completion, Correct(row));
    }

    private static DataRow WithLastMessage(JsonObject row, JsonArray messages)
    {
        JsonNode last = messages[^1]!;
        if ((string?)last["role"] != "assistant")
        {
            throw new FormatException(
                $"expected a '{Completion}', or an assistant's message at the end, got a last message of '{(string?)last["role"]}'.");
        }

        RefuseCalls(last, $"{Messages}[{messages.Count - 1}]");
        messages.RemoveAt(messages.Count - 1);
        return Chat(row, messages, (string)last["content"]!);
    }

    private static JsonArray Conversation(JsonObject row, string name)
    {
        JsonArray list = row[name] as JsonArray ?? throw new FormatException($"'{name}': expected a list of messages.");
        if (list.Count == 0)
        {
            throw new FormatException($"'{name}' is empty; expected at least one message.");
        }

        for (int i = 0; i < list.Count; i++)
        {
            JsonObject message = list[i] as JsonObject
                ?? throw new FormatException($"'{name}[{i}]': expected an object with role and content.");
            _ = Text(message, "role", $"{name}[{i}].");
            _ = Text(message, "content", $"{name}[{i}].");
        }

        return list.DeepClone().AsArray();
    }

    private static string CompletionOf(JsonNode? node) => node switch
    {
        JsonValue value when value.GetValueKind() == JsonValueKind.String => Decoded(value, Completion),
        JsonArray { Count: 1 } list when list[0] is JsonObject message && Text(message, "role", $"{Completion}[0].") == "assistant" =>
            TextOfAnswer(message, $"{Completion}[0]"),
        null => throw new FormatException($"expected a '{Completion}', got none."),
        _ => throw new FormatException($"'{Completion}': expected a text, or a list of one assistant's message."),
    };

    private static string TextOfAnswer(JsonObject message, string place)
    {
        RefuseCalls(message, place);
        return Text(message, "content", place + ".");
    }

    // How a model writes a call is the template's to say, and it was not asked for the answer.
    private static void RefuseCalls(JsonNode answer, string place)
    {
        if (answer["tool_calls"] is not (null or JsonArray { Count: 0 }))
        {
            throw new FormatException(
                $"'{place}.tool_calls': expected none in the answer that is trained. Write the call as text into the completion, as the "
                + "model writes it.");
        }
    }

    private static string LabelOf(JsonObject row) => row[Label] is JsonValue value && value.GetValueKind() is not JsonValueKind.String
        ? value.ToJsonString()
        : Text(row, Label);

    private static bool? Correct(JsonObject row) => row["correct"] switch
    {
        JsonValue value when value.TryGetValue(out bool correct) => correct,
        null when !row.ContainsKey("correct") => null,
        { } other => throw new FormatException($"'correct': expected true or false, got a JSON {other.GetValueKind()}."),
        null => throw new FormatException("'correct': expected true or false, got null."),
    };

    private static string Text(JsonObject node, string key, string place = "") =>
        node[key] is JsonValue value && value.GetValueKind() == JsonValueKind.String
            ? Decoded(value, place + key)
            : throw new FormatException(
                $"'{place}{key}': expected a text, got {(node[key] is { } other ? $"a JSON {other.GetValueKind()}" : "none")}.");

    // JSON may hold escaped halves of surrogate pairs, which show only when the text is read.
    private static string Decoded(JsonValue value, string place)
    {
        try
        {
            return value.GetValue<string>();
        }
        catch (InvalidOperationException exception)
        {
            throw new FormatException($"'{place}': expected valid Unicode: {exception.Message}", exception);
        }
    }

    private static JsonObject Message(string role, string content) => new() { ["role"] = role, ["content"] = content };
}
