using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Python.Values;

namespace ALoRA.Onnx.Python;

/// <summary>
/// Turns JSON into values as Python's <c>json.loads</c> does: integers of any size, floats, None, and the last of equal keys.
/// </summary>
internal sealed class JsonReader(Budget budget)
{
    /// <summary>Reads the variables; a failure where a text is no valid Unicode.</summary>
    public DictValue Read(JsonObject json)
    {
        try
        {
            return FromObject(json);
        }
        catch (InvalidOperationException e)
        {
            throw TemplateFailure.Value($"the variables hold a text that is no valid Unicode: {e.Message}");
        }
    }

    /// <summary>Reads any value; the same failures.</summary>
    public object? Read(JsonNode? json)
    {
        try
        {
            return FromNode(json);
        }
        catch (InvalidOperationException e)
        {
            throw TemplateFailure.Value($"a text is no valid Unicode: {e.Message}");
        }
    }

    /// <summary>Reads an element of a document; the same failures.</summary>
    public object? Read(JsonElement json)
    {
        try
        {
            return FromElement(json);
        }
        catch (InvalidOperationException e)
        {
            throw TemplateFailure.Value($"a text is no valid Unicode: {e.Message}");
        }
    }

    private DictValue FromObject(JsonObject json)
    {
        StackGuard.Check();
        budget.Grant(0);
        DictValue dict = new(budget);
        try
        {
            foreach ((string key, JsonNode? value) in json)
            {
                dict.Set(key, FromNode(value));
            }
        }
        catch (ArgumentException)
        {
            // A JsonObject refuses equal keys when it is first read; the text it came from still has them all.
            using JsonDocument document = JsonDocument.Parse(json.ToJsonString());
            return (DictValue)FromElement(document.RootElement)!;
        }

        return dict;
    }

    private object? FromNode(JsonNode? node)
    {
        switch (node)
        {
            case null:
                return null;
            case JsonObject json:
                return FromObject(json);
            case JsonArray array:
                StackGuard.Check();
                object?[] items = new object?[array.Count];
                for (int i = 0; i < items.Length; i++)
                {
                    items[i] = FromNode(array[i]);
                }

                return new ListValue(items);
            case JsonValue value when value.TryGetValue(out JsonElement element):
                return FromElement(element);
            default:
                return FromClr(node.AsValue());
        }
    }

    private object? FromElement(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                StackGuard.Check();
                DictValue dict = new(budget);
                foreach (JsonProperty property in element.EnumerateObject())
                {
                    dict.Set(property.Name, FromElement(property.Value));
                }

                return dict;
            case JsonValueKind.Array:
                StackGuard.Check();
                return new ListValue([.. element.EnumerateArray().Select(FromElement)]);
            case JsonValueKind.String:
                return Granted(element.GetString()!);
            case JsonValueKind.Number:
                return Number(element.GetRawText());
            case JsonValueKind.True:
                return true;
            case JsonValueKind.False:
                return false;
            default:
                return null;
        }
    }

    private object? FromClr(JsonValue value)
    {
        if (value.TryGetValue(out string? text))
        {
            return Granted(text);
        }

        if (value.TryGetValue(out double real) || (value.TryGetValue(out float single) && double.IsFinite(real = single)))
        {
            return real;
        }

        using JsonDocument document = JsonDocument.Parse(value.ToJsonString());
        return FromElement(document.RootElement);
    }

    private string Granted(string text)
    {
        budget.Grant(text.Length);
        return text;
    }

    private static object Number(string text)
    {
        if (text.AsSpan().IndexOfAny(".eE") >= 0)
        {
            return double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
        }

        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number))
        {
            return number;
        }

        return PythonInteger.Parse(text, 10) ?? throw TemplateFailure.Value($"the variables hold a malformed number: {text}");
    }
}
