using System.Text;
using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Python.Formatting;
using ALoRA.Onnx.Python.Strings;
using ALoRA.Onnx.Python.Values;
using ALoRA.Onnx.Templating.Rendering;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Templating.Builtins;

/// <summary>Filters that print their value and change the text.</summary>
internal static class TextFilters
{
    /// <summary>The value's text; markup stays markup.</summary>
    public static object Soft(object? value, Renderer renderer) => value as MarkupValue
        ?? (object)TextPrinter.Print(value, renderer.Budget);

    public static object? String(Renderer renderer, object? value, Arguments arguments)
    {
        arguments.Bind("string", 0);
        return Soft(value, renderer);
    }

    /// <summary>A filter that is the string method of the same name without arguments.</summary>
    public static Func<Renderer, object?, Arguments, object?> Method(string name) => (renderer, value, arguments) =>
    {
        arguments.Bind(name, 0);
        return Invoke(renderer, Soft(value, renderer), name, Arguments.None);
    };

    public static object? Center(Renderer renderer, object? value, Arguments arguments)
    {
        object? width = arguments.Bind("center", 0, "width")[0];
        return Invoke(renderer, Soft(value, renderer), "center", Arguments.Of(MissingValue.Is(width) ? 80L : width));
    }

    public static object? Trim(Renderer renderer, object? value, Arguments arguments)
    {
        object? characters = arguments.Bind("trim", 0, "chars")[0];
        return Invoke(renderer, Soft(value, renderer), "strip", Arguments.Of(MissingValue.Is(characters) ? null : characters));
    }

    public static object? Format(Renderer renderer, object? value, Arguments arguments)
    {
        if (arguments.Positional.Length > 0 && arguments.Named.Length > 0)
        {
            throw TemplateFailure.Value("can't handle positional and keyword arguments at the same time");
        }

        object right = arguments.Named.Length > 0 ? DictMethods.Create(arguments, renderer.Budget) : new TupleValue(arguments.Positional);
        return PercentFormat.Apply(Soft(value, renderer), right, renderer);
    }

    public static object? Replace(Renderer renderer, object? value, Arguments arguments)
    {
        object?[] bound = arguments.Bind("replace", 2, "old", "new", "count");
        int count = MissingValue.Is(bound[2]) || bound[2] is null ? -1 : PythonInteger.Index(bound[2], "replace");
        (object? text, object? old, object? replacement) = (value, bound[0], bound[1]);
        if (renderer.Autoescape && (old is MarkupValue || (replacement is MarkupValue && text is not MarkupValue)))
        {
            text = MarkupValue.Escape(text, renderer.Budget);
        }

        bool isMarkup = renderer.Autoescape && text is MarkupValue;
        string inserted = isMarkup
            ? MarkupValue.Escape(replacement, renderer.Budget).Text
            : TextPrinter.Print(replacement, renderer.Budget);
        string result = TextReplace.Replace(TextPrinter.Print(text, renderer.Budget), TextPrinter
            .Print(old, renderer.Budget), inserted, count, renderer.Budget);
        return isMarkup ? new MarkupValue(result) : result;
    }

    public static object? Join(Renderer renderer, object? value, Arguments arguments)
    {
        object?[] bound = arguments.Bind("join", 0, "d", "attribute");
        object? separator = MissingValue.Is(bound[0]) ? "" : bound[0];
        IEnumerable<object?> items = PythonIteration.Of(value, renderer.Budget);
        if (!MissingValue.Is(bound[1]) && bound[1] is not null)
        {
            AttributePath path = AttributePath.Parse(bound[1], renderer.Budget);
            items = items.Select(item => path.Get(item));
        }

        object?[] all = renderer.Autoescape ? [.. items] : [];
        bool isMarkup = renderer.Autoescape && (separator is MarkupValue || Array.Exists(all, item => item is MarkupValue));
        string between = isMarkup ? MarkupValue.Escape(separator, renderer.Budget).Text : TextPrinter.Print(separator, renderer.Budget);
        StringBuilder text = new();
        bool first = true;
        foreach (object? item in renderer.Autoescape ? all : items)
        {
            string printed = isMarkup ? MarkupValue.Escape(item, renderer.Budget).Text : TextPrinter.Print(item, renderer.Budget);
            TextReplace.Append(text, first ? "" : between, printed, renderer.Budget);
            first = false;
        }

        return isMarkup ? new MarkupValue(text.ToString()) : text.ToString();
    }

    /// <summary>Capitalizes each word; words begin after white space, hyphens and opening brackets.</summary>
    public static object? Title(Renderer renderer, object? value, Arguments arguments)
    {
        arguments.Bind("title", 0);
        string text = TextPrinter.Print(value, renderer.Budget);
        renderer.Budget.Characters(text.Length);
        StringBuilder result = new(text.Length);
        for (int i = 0; i < text.Length;)
        {
            int end = i;
            while (end < text.Length && !StartsWord(text[end]))
            {
                end++;
            }

            if (end > i)
            {
                int first = CodePoints.LengthAt(text, i);
                result.Append(TextCase.Upper(text.Substring(i, first))).Append(TextCase.Lower(text[(i + first)..end]));
            }

            if (end < text.Length)
            {
                result.Append(text[end++]);
            }

            i = end;
        }

        return result.ToString();
    }

    public static object? Indent(Renderer renderer, object? value, Arguments arguments)
    {
        object?[] bound = arguments.Bind("indent", 0, "width", "first", "blank");
        string prefix = MissingValue.Is(bound[0]) ? "    " : PythonText.Of(bound[0])
            ?? SequenceArithmetic.Repeat(" ", Math.Max(0, PythonInteger.Index(bound[0], "indent")), renderer.Budget);
        bool indentsFirst = !MissingValue.Is(bound[1]) && PythonTruth.Of(bound[1]);
        bool indentsBlank = !MissingValue.Is(bound[2]) && PythonTruth.Of(bound[2]);

        // The added newline makes a text that ends with one keep it, and an empty text one (empty) line.
        object text = SequenceArithmetic.Add(value, "\n", renderer.Budget);
        List<string> lines = TextSplit.Lines(PythonText.Of(text)
            ?? throw TemplateFailure.Type($"'{PythonType.NameOf(value)}' object has no attribute 'splitlines'"));
        StringBuilder result = new();
        for (int i = 0; i < lines.Count; i++)
        {
            bool indents = i == 0 ? indentsFirst : indentsBlank || lines[i].Length > 0;
            TextReplace.Append(result, i > 0 ? "\n" : "", indents ? prefix : "", renderer.Budget);
            TextReplace.Append(result, "", lines[i], renderer.Budget);
        }

        return PythonText.Like(text, result.ToString());
    }

    public static object? Truncate(Renderer renderer, object? value, Arguments arguments)
    {
        object?[] bound = arguments.Bind("truncate", 0, "length", "killwords", "end", "leeway");
        int length = MissingValue.Is(bound[0]) ? 255 : PythonInteger.Index(bound[0], "truncate");
        string end = MissingValue.Is(bound[2])
            ? "..."
            : PythonText.Of(bound[2]) ?? throw TemplateFailure.Type("truncate() argument 'end' must be str");
        int leeway = MissingValue.Is(bound[3]) || bound[3] is null ? 5 : PythonInteger.Index(bound[3], "truncate");
        int endLength = CodePoints.Count(end);
        if (length < endLength || leeway < 0)
        {
            throw TemplateFailure.Value($"expected length >= {endLength}, got {length}, or a negative leeway");
        }

        if (PythonIteration.Length(value) <= (long)length + leeway)
        {
            return value;
        }

        object kept = PythonSlice.Of(value, 0L, (long)length - endLength, null, renderer.Budget);
        if (MissingValue.Is(bound[1]) || !PythonTruth.Of(bound[1]))
        {
            string text = PythonText.Of(kept)
                ?? throw TemplateFailure.Type($"'{PythonType.NameOf(kept)}' object has no attribute 'rsplit'");
            int space = text.LastIndexOf(' ');
            kept = PythonText.Like(kept, space < 0 ? text : text[..space]);
        }

        return SequenceArithmetic.Add(kept, end, renderer.Budget);
    }

    public static object? WordCount(Renderer renderer, object? value, Arguments arguments)
    {
        arguments.Bind("wordcount", 0);
        long count = 0;
        bool inWord = false;
        foreach (int c in TextPredicates.Scalars(TextPrinter.Print(value, renderer.Budget)))
        {
            bool isWord = CharacterClass.IsWord(c);
            count += isWord && !inWord ? 1 : 0;
            inWord = isWord;
        }

        return count;
    }

    private static bool StartsWord(char c) => CharacterClass.IsSpace(c) || c is '-' or '(' or '{' or '[' or '<';

    private static object? Invoke(Renderer renderer, object text, string method, Arguments arguments) =>
        ((FunctionValue)PythonAttribute.Get(text, method, renderer.Budget)!).Call(renderer, arguments);
}
