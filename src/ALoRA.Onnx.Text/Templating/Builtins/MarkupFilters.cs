using System.Buffers;
using System.Globalization;
using System.Text;
using ALoRA.Onnx.Python;
using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Python.Strings;
using ALoRA.Onnx.Python.Values;
using ALoRA.Onnx.Templating.Rendering;

namespace ALoRA.Onnx.Templating.Builtins;

/// <summary>Filters for HTML and URLs.</summary>
internal static class MarkupFilters
{
    private static readonly SearchValues<char> NoAttributeCharacters = SearchValues.Create(" \t\n\r\f\v/>=");

    public static object? Escape(RenderState state, object? value, Arguments arguments)
    {
        arguments.BindPositional("escape", 0, 0);
        return MarkupValue.Escape(value, state.Budget);
    }

    public static object? ForceEscape(RenderState state, object? value, Arguments arguments)
    {
        arguments.Bind("forceescape", 0);
        return new MarkupValue(MarkupValue.EscapeText(TextPrinter.Print(value, state.Budget), state.Budget));
    }

    public static object? Safe(RenderState state, object? value, Arguments arguments)
    {
        arguments.Bind("safe", 0);
        return value as MarkupValue ?? new MarkupValue(TextPrinter.Print(value, state.Budget));
    }

    public static object? StripTags(RenderState state, object? value, Arguments arguments)
    {
        arguments.Bind("striptags", 0);
        return MarkupMethods.StripTags(TextPrinter.Print(value, state.Budget), state.Budget);
    }

    public static object? XmlAttributes(RenderState state, object? value, Arguments arguments)
    {
        object? autospace = arguments.Bind("xmlattr", 0, "autospace")[0];
        DictValue dict = value as DictValue ?? throw (value as UndefinedValue)?.Failure()
            ?? TemplateFailure.Type($"'{PythonType.NameOf(value)}' object has no attribute 'items'");
        StringBuilder text = new();
        foreach ((object? key, object? item) in dict.Pairs)
        {
            if (item is null or UndefinedValue)
            {
                continue;
            }

            string name = PythonText.Of(key) ?? throw TemplateFailure.Type("expected string or bytes-like object");
            if (name.AsSpan().ContainsAny(NoAttributeCharacters))
            {
                throw TemplateFailure.Value($"Invalid character in attribute name: {TextPrinter.Quote(name)}");
            }

            TextReplace.Append(text, text.Length > 0 ? " " : "", MarkupValue.Escape(key, state.Budget).Text, state.Budget);
            TextReplace.Append(text, "=\"", MarkupValue.Escape(item, state.Budget).Text, state.Budget);
            text.Append('"');
        }

        string result = text.Length > 0 && (MissingValue.Is(autospace) || PythonTruth.Of(autospace)) ? " " + text : text.ToString();
        return state.Autoescape ? new MarkupValue(result) : result;
    }

    public static object? UrlEncode(RenderState state, object? value, Arguments arguments)
    {
        arguments.Bind("urlencode", 0);
        if (PythonText.Of(value) is not null || !PythonIteration.IsIterable(value))
        {
            return Quote(value, forQuery: false, state.Budget);
        }

        StringBuilder text = new();
        IEnumerable<object?> pairs = value is DictValue dict
            ? new DictViewValue(dict, DictViewKind.Items).Iterate(state.Budget)
            : PythonIteration.Of(value, state.Budget);
        foreach (object? pair in pairs)
        {
            object?[] parts = PythonIteration.ToArray(pair, state.Budget);
            if (parts.Length != 2)
            {
                throw TemplateFailure.Value($"urlencode expects pairs of key and value, got {parts.Length} elements");
            }

            TextReplace.Append(text, text.Length > 0 ? "&" : "", Quote(parts[0], forQuery: true, state.Budget), state.Budget);
            TextReplace.Append(text, "=", Quote(parts[1], forQuery: true, state.Budget), state.Budget);
        }

        return text.ToString();
    }

    private static string Quote(object? value, bool forQuery, Budget budget)
    {
        byte[] bytes = value is BytesValue binary ? binary.Bytes : Encoding.UTF8.GetBytes(TextPrinter.Print(value, budget));
        budget.Characters(bytes.Length * 3L);
        StringBuilder text = new(bytes.Length);
        foreach (byte b in bytes)
        {
            if (char.IsAsciiLetterOrDigit((char)b) || b is (byte)'_' or (byte)'.' or (byte)'-' or (byte)'~' || (b == '/' && !forQuery))
            {
                text.Append((char)b);
            }
            else if (b == ' ' && forQuery)
            {
                text.Append('+');
            }
            else
            {
                text.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
            }
        }

        return text.ToString();
    }
}
