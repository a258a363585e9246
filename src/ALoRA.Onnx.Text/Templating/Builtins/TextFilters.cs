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
    public static object Soft(object? value, RenderState state) => value as MarkupValue
        ?? (object)TextPrinter.Print(value, state.Budget);

    public static object? String(RenderState state, object? value, Arguments arguments)
    {
        arguments.Bind("string", 0);
        return Soft(value, state);
    }

    /// <summary>A filter that is the string method of the same name without arguments.</summary>
    public static Func<RenderState, object?, Arguments, object?> Method(string name) => (state, value, arguments) =>
    {
        arguments.Bind(name, 0);
        return Invoke(state, Soft(value, state), name, Arguments.None);
    };

    public static object? Center(RenderState state, object? value, Arguments arguments)
    {
        object? width = arguments.Bind("center", 0, "width")[0];
        return Invoke(state, Soft(value, state), "center", Arguments.Of(MissingValue.Is(width) ? 80L : width));
    }

    public static object? Trim(RenderState state, object? value, Arguments arguments)
    {
        object? characters = arguments.Bind("trim", 0, "chars")[0];
        return Invoke(state, Soft(value, state), "strip", Arguments.Of(MissingValue.Is(characters) ? null : characters));
    }

    public static object? Format(RenderState state, object? value, Arguments arguments)
    {
        if (arguments.Positional.Length > 0 && arguments.Named.Length > 0)
        {
            throw TemplateFailure.Value("can't handle positional and keyword arguments at the same time");
        }

        object right = arguments.Named.Length > 0 ? DictMethods.Create(arguments, state.Budget) : new TupleValue(arguments.Positional);
        return PercentFormat.Apply(Soft(value, state), right, state.Budget);
    }

    public static object? Replace(RenderState state, object? value, Arguments arguments)
    {
        object?[] bound = arguments.Bind("replace", 2, "old", "new", "count");
        int count = MissingValue.Is(bound[2]) || bound[2] is null ? -1 : PythonInteger.Index(bound[2], "replace");
        (object? text, object? old, object? replacement) = (value, bound[0], bound[1]);
        if (state.Autoescape && (old is MarkupValue || (replacement is MarkupValue && text is not MarkupValue)))
        {
            text = MarkupValue.Escape(text, state.Budget);
        }

        bool isMarkup = state.Autoescape && text is MarkupValue;
        string inserted = isMarkup
            ? MarkupValue.Escape(replacement, state.Budget).Text
            : TextPrinter.Print(replacement, state.Budget);
        string result = TextReplace.Replace(TextPrinter.Print(text, state.Budget), TextPrinter
            .Print(old, state.Budget), inserted, count, state.Budget);
        return isMarkup ? new MarkupValue(result) : result;
    }

    public static object? Join(RenderState state, object? value, Arguments arguments)
    {
        object?[] bound = arguments.Bind("join", 0, "d", "attribute");
        object? separator = MissingValue.Is(bound[0]) ? "" : bound[0];
        IEnumerable<object?> items = PythonIteration.Of(value, state.Budget);
        if (!MissingValue.Is(bound[1]) && bound[1] is not null)
        {
            AttributePath path = AttributePath.Parse(bound[1], state.Budget);
            items = items.Select(item => path.Get(item));
        }

        object?[] all = state.Autoescape ? [.. items] : [];
        bool isMarkup = state.Autoescape && (separator is MarkupValue || Array.Exists(all, item => item is MarkupValue));
        string between = isMarkup ? MarkupValue.Escape(separator, state.Budget).Text : TextPrinter.Print(separator, state.Budget);
        StringBuilder text = new();
        bool first = true;
        foreach (object? item in state.Autoescape ? all : items)
        {
            string printed = isMarkup ? MarkupValue.Escape(item, state.Budget).Text : TextPrinter.Print(item, state.Budget);
            TextReplace.Append(text, first ? "" : between, printed, state.Budget);
            first = false;
        }

        return isMarkup ? new MarkupValue(text.ToString()) : text.ToString();
    }

    /// <summary>Capitalizes each word; words begin after white space, hyphens and opening brackets.</summary>
    public static object? Title(RenderState state, object? value, Arguments arguments)
    {
        arguments.Bind("title", 0);
        string text = TextPrinter.Print(value, state.Budget);
        state.Budget.Characters(text.Length);
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

    public static object? Indent(RenderState state, object? value, Arguments arguments)
    {
        object?[] bound = arguments.Bind("indent", 0, "width", "first", "blank");
        string prefix = MissingValue.Is(bound[0]) ? "    " : PythonText.Of(bound[0])
            ?? SequenceArithmetic.Repeat(" ", Math.Max(0, PythonInteger.Index(bound[0], "indent")), state.Budget);
        bool indentsFirst = !MissingValue.Is(bound[1]) && PythonTruth.Of(bound[1]);
        bool indentsBlank = !MissingValue.Is(bound[2]) && PythonTruth.Of(bound[2]);

        // The added newline makes a text that ends with one keep it, and an empty text one (empty) line.
        object text = SequenceArithmetic.Add(value, "\n", state.Budget);
        List<string> lines = TextSplit.Lines(PythonText.Of(text)
            ?? throw TemplateFailure.Type($"'{PythonType.NameOf(value)}' object has no attribute 'splitlines'"));
        StringBuilder result = new();
        for (int i = 0; i < lines.Count; i++)
        {
            bool indents = i == 0 ? indentsFirst : indentsBlank || lines[i].Length > 0;
            TextReplace.Append(result, i > 0 ? "\n" : "", indents ? prefix : "", state.Budget);
            TextReplace.Append(result, "", lines[i], state.Budget);
        }

        return PythonText.Like(text, result.ToString());
    }

    public static object? Truncate(RenderState state, object? value, Arguments arguments)
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

        object kept = PythonSlice.Of(value, 0L, (long)length - endLength, null, state.Budget);
        if (MissingValue.Is(bound[1]) || !PythonTruth.Of(bound[1]))
        {
            string text = PythonText.Of(kept)
                ?? throw TemplateFailure.Type($"'{PythonType.NameOf(kept)}' object has no attribute 'rsplit'");
            int space = text.LastIndexOf(' ');
            kept = PythonText.Like(kept, space < 0 ? text : text[..space]);
        }

        return SequenceArithmetic.Add(kept, end, state.Budget);
    }

    public static object? WordCount(RenderState state, object? value, Arguments arguments)
    {
        arguments.Bind("wordcount", 0);
        long count = 0;
        bool inWord = false;
        foreach (int c in TextPredicates.Scalars(TextPrinter.Print(value, state.Budget)))
        {
            bool isWord = CharacterClass.IsWord(c);
            count += isWord && !inWord ? 1 : 0;
            inWord = isWord;
        }

        return count;
    }

    private static bool StartsWord(char c) => CharacterClass.IsSpace(c) || c is '-' or '(' or '{' or '[' or '<';

    private static object? Invoke(RenderState state, object text, string method, Arguments arguments) =>
        ((FunctionValue)PythonAttribute.Get(text, method, state.Budget)!).Call(state, arguments);
}
