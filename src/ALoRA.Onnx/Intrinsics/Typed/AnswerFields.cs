using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Intrinsics.Typed;

/// <summary>
/// Reads the result of a known intrinsic; generations of adapters differ in the names and in whether there is a record at all.
/// </summary>
internal readonly struct AnswerFields
{
    private readonly IntrinsicAnswer _answer;
    private readonly JsonNode? _value;

    /// <summary>Takes the result, or the JSON in it where an adapter without definition answered with JSON as text.</summary>
    public AnswerFields(IntrinsicAnswer answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        _answer = answer;
        _value = answer.Value;
        if (_value is JsonValue text && text.TryGetValue(out string? json) && json.AsSpan().TrimStart() is ['{' or '[' or '"', ..])
        {
            try
            {
                _value = JsonNode.Parse(json);
            }
            catch (JsonException)
            {
                // A text that only begins like JSON.
            }
        }
    }

    /// <summary>The text that stands for the whole result or in one of the fields; null where there is a number instead.</summary>
    public string? Text(params ReadOnlySpan<string> fields) =>
        Find(fields) is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    /// <summary>The number in one of the fields; null where there is a text instead.</summary>
    public double? Number(params ReadOnlySpan<string> fields) =>
        Find(fields) is JsonValue value && value.GetValueKind() == JsonValueKind.Number
        ? double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture)
        : null;

    /// <summary>A text that must be there.</summary>
    public string RequiredText(params ReadOnlySpan<string> fields) =>
        Text(fields) ?? throw Wrong($"a text in {string.Join(" or ", fields.ToArray())}");

    /// <summary>The records of a list.</summary>
    public IEnumerable<JsonObject> Records()
    {
        JsonArray list = _value as JsonArray ?? throw Wrong("a list of records");
        foreach (JsonNode? item in list)
        {
            yield return item as JsonObject ?? throw Wrong("a list of records");
        }
    }

    /// <summary>A number of a record, which must be there.</summary>
    public int Int(JsonObject record, string field) =>
        record[field] is JsonValue value && value.TryGetValue(out int number) ? number : throw Wrong($"an integer in {field}");

    /// <summary>A text of a record; null where it is null.</summary>
    public static string? TextOf(JsonObject record, string field) =>
        record[field] is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    /// <summary>Yes or no as adapters write it; null for anything else.</summary>
    public static bool? YesOrNo(string? text) => text?.Trim().ToUpperInvariant() switch
    {
        "Y" or "YES" or "TRUE" => true,
        "N" or "NO" or "FALSE" => false,
        _ => null,
    };

    /// <summary>The exception for a result of another form.</summary>
    public IntrinsicFormatException Wrong(string expected)
    {
        string value = _value?.ToJsonString() ?? "null";
        return new IntrinsicFormatException(
            $"The result of '{_answer.Intrinsic}' should be {expected}, but is {(value.Length <= 80 ? value : $"{value[..80]}…")}.");
    }

    // A result without a record is the field itself; records may stand in a record.
    private JsonNode? Find(ReadOnlySpan<string> fields)
    {
        if (_value is not JsonObject record)
        {
            return _value;
        }

        foreach (string field in fields)
        {
            JsonNode? node = record;
            foreach (string step in field.Split('.'))
            {
                node = (node as JsonObject)?[step];
            }

            if (node is not null)
            {
                return node;
            }
        }

        return null;
    }
}
