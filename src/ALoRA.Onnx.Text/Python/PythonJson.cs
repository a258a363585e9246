using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;
using ALoRA.Onnx.Python;
using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Python.Values;

namespace ALoRA.Onnx;

/// <summary>JSON as Python's <c>json.dumps</c> writes it, which is what models were trained to read and write. Thread-safe.</summary>
/// <remarks>
/// <c>", "</c> and <c>": "</c> between values, members in their order, integers of any size, <c>1.0</c> for whole floats, <c>NaN</c> and
/// <c>Infinity</c> for what JSON has no numbers for.
/// </remarks>
public static class PythonJson
{
    /// <summary>Deepest nesting that is read.</summary>
    internal const int MaxDepth = 256;

    /// <summary>Writes a node on one line.</summary>
    /// <param name="node">The node; null is <c>null</c>. It is not changed.</param>
    /// <param name="ensureAscii">
    /// Whether every character beyond ASCII becomes an escape, Python's own default. Chat templates write with <see langword="false"/>:
    /// letters as they are.
    /// </param>
    /// <returns>The text.</returns>
    /// <exception cref="ArgumentException">The node holds a text that is no valid Unicode, or is nested too deeply or too long.</exception>
    public static string Print(JsonNode? node, bool ensureAscii = true)
    {
        try
        {
            Budget budget = new();
            return PrinterOf(budget, ensureAscii).Print(new JsonReader(budget).Read(node));
        }
        catch (TemplateFailure failure)
        {
            throw new ArgumentException($"The JSON can't be written: {failure.Message}. Shorten or correct it.", nameof(node), failure);
        }
    }

    /// <summary>Writes a value on one line, in ASCII. Values are those of templates.</summary>
    /// <exception cref="TemplateFailure">It is no JSON value, or too large.</exception>
    internal static string PrintValue(object? value) => PrinterOf(new Budget(), ascii: true).Print(value);

    /// <summary>The value of a node: null, bool, long, BigInteger, double, string, lists and dicts.</summary>
    /// <exception cref="TemplateFailure">It holds a text that is no valid Unicode, or is too large.</exception>
    internal static object? FromNode(JsonNode? node) => new JsonReader(new Budget()).Read(node);

    /// <summary>Reads UTF-8 text as Python's <c>json.loads</c> does; the last of equal keys counts.</summary>
    /// <exception cref="FormatException">It is no JSON.</exception>
    internal static object? Parse(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(utf8, new JsonDocumentOptions { MaxDepth = MaxDepth });
            return new JsonReader(new Budget()).Read(document.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or TemplateFailure)
        {
            throw new FormatException($"Not JSON: {exception.Message}", exception);
        }
    }

    /// <summary>A node of its own for a value.</summary>
    internal static JsonNode? ToNode(object? value) => value switch
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

    private static JsonPrinter PrinterOf(Budget budget, bool ascii) => new(budget, ascii, indent: null, ", ", ": ", sortsKeys: false);

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
