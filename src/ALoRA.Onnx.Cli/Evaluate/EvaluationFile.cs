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
                rows.Add(ReadRow(line, $"{path}, line {number}"));
            }
        }

        return rows.Count > 0
            ? rows
            : throw new FormatException(
                $"{path} has no rows. Give one JSON object a line: {{\"messages\": […], \"answer\": …, \"right\": true}}.");
    }

    private static EvaluationRow ReadRow(string line, string place)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement row = document.RootElement;
            string? answer = Optional(row, "answer")?.GetString();
            bool? isRight = Optional(row, "right")?.GetBoolean();
            string[] gold = Optional(row, "gold") switch
            {
                null => [],
                { ValueKind: JsonValueKind.Array } list => [.. list.EnumerateArray().Select(Text)],
                { } text => [Text(text)],
            };
            if (answer is null ? isRight is not null || gold.Length == 0 : isRight is null && gold.Length == 0)
            {
                throw new FormatException(
                    $"{place}: expected answer and right, answer and gold, or gold alone, for which the model answers.");
            }

            PromptMessage[] messages =
            [
                .. row.GetProperty("messages").EnumerateArray()
                    .Select(message => new PromptMessage(Text(message.GetProperty("role")), Text(message.GetProperty("content")))),
            ];
            return messages.Length > 0
                ? new EvaluationRow(messages, answer, isRight, gold)
                : throw new FormatException($"{place}: 'messages' is empty.");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            const string Expected = """{"messages": [{"role", "content"}, …], "answer": text, "right": truth value}""";
            throw new FormatException($"{place}: expected {Expected}: {exception.Message.ReplaceLineEndings(" ")}", exception);
        }
    }

    private static JsonElement? Optional(JsonElement row, string name) =>
        row.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static string Text(JsonElement element) => element.GetString() ?? throw new InvalidOperationException("a text is null");
}
