using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;
using ALoRA.Onnx.Python;
using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Python.Values;
using ALoRA.Onnx.Templating;

namespace ALoRA.Onnx.Intrinsics.Transformations;

/// <summary>
/// JSON as Python's <c>json</c> reads and writes it: integers of any size, the last of equal keys, <c>", "</c> and <c>": "</c> between values,
/// ASCII escapes, <c>1.0</c> for whole floats. Values are those of templates: null, bool, long, BigInteger, double, string, lists and dicts.
/// </summary>
internal static class PythonJson
{
    /// <summary>Deepest nesting that is read.</summary>
    public const int MaxDepth = 256;

    /// <summary>A bound on time and memory, far beyond what a request or an answer takes.</summary>
    public static Budget NewBudget() => new();

    /// <summary>Writes a value on one line.</summary>
    public static string Print(object? value) => new JsonPrinter(NewBudget(), ascii: true, indent: null, ", ", ": ", sortsKeys: false).Print(value);

    /// <summary>Writes a node on one line.</summary>
    public static string Print(JsonNode? node) => Print(FromNode(node));

    /// <summary>The value of a node.</summary>
    /// <exception cref="TemplateFailure">It holds a text that is no valid Unicode, or is too large.</exception>
    public static object? FromNode(JsonNode? node) => new JsonReader(NewBudget()).Read(node);

    /// <summary>Reads UTF-8 text.</summary>
    /// <exception cref="FormatException">It is no JSON.</exception>
    public static object? Parse(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(utf8, new JsonDocumentOptions { MaxDepth = MaxDepth });
            return new JsonReader(NewBudget()).Read(document.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or TemplateFailure)
        {
            throw new FormatException($"Not JSON: {exception.Message}", exception);
        }
    }

    /// <summary>A node of its own for a value.</summary>
    public static JsonNode? ToNode(object? value) => value switch
    {
        null => null,
        bool flag => JsonValue.Create(flag),
        long number => JsonValue.Create(number),
        BigInteger number => JsonNode.Parse(PythonInteger.Print(number)),
        double number => JsonValue.Create(number),
        string text => JsonValue.Create(text),
        SequenceValue list => new JsonArray([.. list.Items.Select(ToNode)]),
        DictValue dict => ToObject(dict),
        _ => throw new InvalidOperationException($"A {PythonType.NameOf(value)} is no JSON value."),
    };

    private static JsonObject ToObject(DictValue dict)
    {
        JsonObject json = [];
        foreach ((object? key, object? value) in dict.Pairs)
        {
            json[(string)key!] = ToNode(value);
        }

        return json;
    }
}
