using System.Text.Json;

namespace ALoRA.Onnx.Cli.Evaluate;

/// <summary>
/// Reads questions, one JSON object a line: <c>messages</c>, <c>answer</c> and
/// <c>right</c>, or <c>gold</c> in place of one or both of them.
/// </summary>
internal static class EvaluationFile
{
    /// <summary>Reads a file.</summary>
    /// <exception cref="FormatException">A line is malformed, or there is none.</exception>
    public static async Task<IReadOnlyList<EvaluationRow>> ReadAsync(string path, CancellationToken cancellationToken)
    {
        List<EvaluationRow> rows = [];
        int number = 0;
        await foreach (string line in File.ReadLinesAsync(path, cancellationToken))
        {
            number++;
            if (line.Length > 0)
            {
                rows.Add(ReadRow(line, number, $"{path}, line {number}"));
            }
        }

        return rows.Count > 0
            ? rows
            : throw new FormatException(
                $"{path} has no rows. Give one JSON object a line: {{\"messages\": […], \"answer\": …, \"right\": true}}.");
    }

    private static EvaluationRow ReadRow(string line, int number, string place)
    {
        using JsonDocument document = Parse(line, place);
        JsonElement row = document.RootElement;
        if (row.ValueKind != JsonValueKind.Object)
        {
            throw Wrong(place, "the line", "an object", row);
        }

        string? answer = Optional(row, "answer") is { } given ? Text(given, place, "answer") : null;
        bool? isRight = Optional(row, "right") switch
        {
            null => null,
            { ValueKind: JsonValueKind.True } => true,
            { ValueKind: JsonValueKind.False } => false,
            { } other => throw Wrong(place, "right", "true or false", other),
        };
        GoldAnswer[] gold = Optional(row, "gold") switch
        {
            null => [],
            { ValueKind: JsonValueKind.Array } list => [.. list.EnumerateArray().Select(item => Gold(item, place))],
            { } one => [Gold(one, place)],
        };
        if (answer is null ? isRight is not null || gold.Length == 0 : isRight is null && gold.Length == 0)
        {
            throw new FormatException(
                $"{place}: expected answer and right, answer and gold, or gold alone, for which the model answers.");
        }

        if (Optional(row, "messages") is not { ValueKind: JsonValueKind.Array } messages)
        {
            throw Wrong(place, "messages", "a list of {\"role\": …, \"content\": …}", Optional(row, "messages"));
        }

        return messages.GetArrayLength() > 0
            ? new EvaluationRow(number, [.. messages.EnumerateArray().Select(message => Message(message, place))], answer, isRight, gold)
            : throw new FormatException($"{place}: 'messages' is empty.");
    }

    private static JsonDocument Parse(string line, string place)
    {
        try
        {
            return JsonDocument.Parse(line);
        }
        catch (JsonException exception)
        {
            throw new FormatException($"{place} is not JSON: {exception.Message}", exception);
        }
    }

    private static PromptMessage Message(JsonElement message, string place) => message.ValueKind == JsonValueKind.Object
        ? new PromptMessage(Text(Optional(message, "role"), place, "role"), Text(Optional(message, "content"), place, "content"))
        : throw Wrong(place, "each of messages", "an object with role and content", message);

    private static GoldAnswer Gold(JsonElement element, string place) => element.ValueKind switch
    {
        JsonValueKind.String => new GoldAnswer(element.GetString()!, IsNumber: false),
        JsonValueKind.Number => new GoldAnswer(element.GetRawText(), IsNumber: true),
        _ => throw Wrong(place, "gold", "a text, a number or a list of them", element),
    };

    private static JsonElement? Optional(JsonElement row, string name) =>
        row.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static string Text(JsonElement? element, string place, string name) =>
        element is { ValueKind: JsonValueKind.String } text ? text.GetString()! : throw Wrong(place, name, "a text", element);

    private static FormatException Wrong(string place, string name, string expected, JsonElement? got) => new(
        $"{place}: {name} must be {expected}, got {Describe(got)}.");

    private static string Describe(JsonElement? element) => element?.ValueKind switch
    {
        null => "nothing",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => $"the number {element.Value.GetRawText()}",
        JsonValueKind.Array => "a list",
        JsonValueKind.Object => "an object",
        JsonValueKind.Null => "null",
        _ => "a truth value",
    };
}
