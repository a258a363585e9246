using System.Net;
using ALoRA.Onnx.Python.Formatting;
using ALoRA.Onnx.Python.Values;

namespace ALoRA.Onnx.Python.Strings;

/// <summary>
/// The methods of markup: those of <c>str</c>, with text arguments that enter the result escaped and results that are markup again.
/// </summary>
internal static class MarkupMethods
{
    public static bool TryGet(MarkupValue markup, string name, out object? method)
    {
        method = name switch
        {
            "striptags" => new BuiltinFunction(name, (r, _) => StripTags(markup.Text, r.Budget)),
            "unescape" => new BuiltinFunction(name, (_, _) => WebUtility.HtmlDecode(markup.Text)),
            "escape" => new BuiltinFunction(name, (r, a) => MarkupValue.Escape(a.BindPositional(name, 1, 1)[0], r.Budget)),
            "format" => new BuiltinFunction(name, (r, a) => new MarkupValue(FormatMethod.Apply(markup.Text, a, escapes: true, r.Budget))),
            "format_map" => new BuiltinFunction(
                name, (r, a) => new MarkupValue(FormatMethod.ApplyMap(markup.Text, a, escapes: true, r.Budget))),
            "join" => new BuiltinFunction(name, (r, a) => new MarkupValue(TextReplace.Join(markup.Text, Escaped(a, r.Budget), r.Budget))),
            _ => null,
        };
        if (method is null && StringMethods.TryGet(markup.Text, name, out object? plain))
        {
            FunctionValue function = (FunctionValue)plain!;
            method = new BuiltinFunction(name, (r, a) => Mark(function.Call(r, Prepare(name, a, r.Budget))));
        }

        return method is not null;
    }

    /// <summary>Removes comments and tags, collapses white space and decodes entities.</summary>
    public static string StripTags(string html, Budget budget)
    {
        html = Remove(Remove(html, "<!--", "-->", budget), "<", ">", budget);
        return WebUtility.HtmlDecode(string.Join(' ', TextSplit.Split(html, Arguments.None, fromRight: false, budget).Items));
    }

    private static string Remove(string text, string open, string close, Budget budget)
    {
        budget.Characters(text.Length);
        List<string> kept = [];
        int start = 0;
        while (text.IndexOf(open, start, StringComparison.Ordinal) is >= 0 and int begin)
        {
            int end = text.IndexOf(close, begin, StringComparison.Ordinal);
            if (end < 0)
            {
                break;
            }

            kept.Add(text[start..begin]);
            start = end + close.Length;
        }

        kept.Add(text[start..]);
        return string.Concat(kept);
    }

    private static ListValue Escaped(Arguments arguments, Budget budget) =>
        new(Array.ConvertAll(
            PythonIteration.ToArray(arguments.BindPositional("join", 1, 1)[0], budget), item => (object?)MarkupValue.Escape(item, budget)));

    private static Arguments Prepare(string name, Arguments arguments, Budget budget)
    {
        int escaped = name is "replace" or "ljust" or "rjust" or "center" ? 1 : -1;
        return escaped < 0 || arguments.Positional.Length <= escaped
            ? arguments
            : arguments with
            {
                Positional = [.. arguments.Positional.Select((p, i) => i == escaped ? MarkupValue.Escape(p, budget).Text : p)],
            };
    }

    private static object? Mark(object? result) => result switch
    {
        string text => new MarkupValue(text),
        SequenceValue sequence => sequence.With(Array.ConvertAll(sequence.Items, Mark)),
        _ => result,
    };
}
