using System.Buffers;
using System.Text;
using System.Text.Json;
using ALoRA.Onnx.Patterns;
using ALoRA.Onnx.Shared;

namespace ALoRA.Onnx.Tokenization.Loading;

/// <summary>A JSON object or value with the file and the path it came from, read with messages that name both.</summary>
internal readonly struct JsonSection(JsonElement element, string source, string path)
{
    public string Location => $"{source}: {path}";

    public bool IsNull => element.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined;

    /// <summary>A member; null where it is missing.</summary>
    public JsonSection this[string key]
    {
        get
        {
            if (element.ValueKind != JsonValueKind.Object)
            {
                throw Error("an object");
            }

            return new JsonSection(element.TryGetProperty(key, out JsonElement member) ? member : default, source, $"{path}.{key}");
        }
    }

    public string Type => this["type"].Text();

    public string Text()
    {
        if (element.ValueKind != JsonValueKind.String)
        {
            throw Error("a string");
        }

        return element.TryUnicode(out string text) ? text : throw Error("a string of valid Unicode");
    }

    public string? OptionalText() => IsNull ? null : Text();

    public bool Flag() => element.TryFlag(out bool flag) ? flag : throw Error("true or false");

    public bool Flag(bool absent) => IsNull ? absent : Flag();

    public int Count(int absent) => IsNull ? absent : Count();

    public int Count() => element.TryInt(0, int.MaxValue, out int value) ? value : throw Error("a whole number from 0 to 2147483647");

    public Rune Character()
    {
        string text = Text();
        return Rune.DecodeFromUtf16(text, out Rune rune, out int units) == OperationStatus.Done && units == text.Length
            ? rune
            : throw Error("a string of one character");
    }

    public List<JsonSection> Items()
    {
        if (element.ValueKind != JsonValueKind.Array)
        {
            throw Error("a list");
        }

        List<JsonSection> items = [];
        foreach (JsonElement item in element.EnumerateArray())
        {
            items.Add(new JsonSection(item, source, $"{path}[{items.Count}]"));
        }

        return items;
    }

    /// <summary>A <c>pattern</c>: <c>{"String": …}</c> or <c>{"Regex": …}</c>.</summary>
    public TextPattern Pattern()
    {
        JsonSection literal = this["String"];
        if (!literal.IsNull)
        {
            string text = literal.Text();
            return text.Length > 0 ? new LiteralPattern(text) : RegexPattern.Compile("");
        }

        JsonSection regex = this["Regex"];
        if (regex.IsNull)
        {
            throw Error("an object with \"String\" or \"Regex\"");
        }

        string pattern = regex.Text();
        try
        {
            return RegexPattern.Compile(pattern);
        }
        catch (PatternSyntaxException exception)
        {
            throw new ModelFormatException(
                $"{regex.Location}: expected a regular expression in Oniguruma's Ruby syntax, got '{Shorten(pattern)}': "
                + $"{exception.Message}. Use the tokenizer.json that belongs to the model, or rewrite the pattern.",
                exception);
        }
    }

    public ModelFormatException Error(string expected) => Error(expected, Describe());

    public ModelFormatException Error(string expected, string got) =>
        new($"{Location}: expected {expected}, got {got}. Use the tokenizer.json that belongs to the model.");

    /// <summary>The value, shortened for a message.</summary>
    public string Describe() => element.ValueKind switch
    {
        JsonValueKind.Undefined => "nothing",
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => $"a list of {element.GetArrayLength()}",
        JsonValueKind.String => DescribeText(),
        _ => Shorten(element.GetRawText()),
    };

    private string DescribeText() => element.TryUnicode(out string text) ? Shorten($"\"{text}\"") : "a string that is not valid Unicode";

    private static string Shorten(string text) => text.Length <= 80 ? text : string.Concat(text.AsSpan(0, 77), "...");
}
