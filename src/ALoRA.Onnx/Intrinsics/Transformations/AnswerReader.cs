using System.Globalization;
using System.Text;
using System.Text.Json;
using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Python.Values;

namespace ALoRA.Onnx.Intrinsics.Transformations;

/// <summary>Reads the text of an answer as JSON with positions.</summary>
internal static class AnswerReader
{
    private const int Shown = 80;

    /// <exception cref="IntrinsicFormatException">The text is no JSON.</exception>
    public static AnswerNode Read(string text)
    {
        try
        {
            Utf8JsonReader reader = new(Encoding.UTF8.GetBytes(text), new JsonReaderOptions { MaxDepth = PythonJson.MaxDepth });
            reader.Read();
            AnswerNode node = ReadNode(ref reader);
            reader.Read();
            return node;
        }
        catch (Exception exception) when (exception is JsonException or TemplateFailure or InvalidOperationException)
        {
            string shown = text.Length <= Shown ? text : $"{text[..Shown]}…";
            throw new IntrinsicFormatException(
                $"The answer is not JSON: {exception.Message.ReplaceLineEndings(" ")} The answer is {PythonJson.PrintValue(shown)}. "
                + "Constrain the generation to the response format, or allow more tokens.",
                exception);
        }
    }

    private static AnswerNode ReadNode(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                OrderedDictionary<string, AnswerNode> fields = new(StringComparer.Ordinal);
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    string key = reader.GetString()!;
                    reader.Read();
                    fields[key] = ReadNode(ref reader);
                }

                return AnswerNode.OfObject(fields);
            case JsonTokenType.StartArray:
                List<AnswerNode> items = [];
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    items.Add(ReadNode(ref reader));
                }

                return AnswerNode.OfList(items);
            default:
                return AnswerNode.OfLiteral(LiteralOf(ref reader), (int)reader.TokenStartIndex);
        }
    }

    private static object? LiteralOf(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                return reader.GetString();
            case JsonTokenType.True:
                return true;
            case JsonTokenType.False:
                return false;
            case JsonTokenType.Null:
                return null;
            default:
                string number = Encoding.UTF8.GetString(reader.ValueSpan);
                return number.AsSpan().IndexOfAny(".eE") >= 0
                    ? double.Parse(number, NumberStyles.Float, CultureInfo.InvariantCulture)
                    : PythonInteger.Normalize(PythonInteger.Parse(number, 10)!.Value);
        }
    }
}
