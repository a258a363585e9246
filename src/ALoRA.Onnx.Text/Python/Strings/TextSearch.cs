using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Python.Values;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Python.Strings;

/// <summary>Python's <c>find</c>, <c>index</c>, <c>count</c>, <c>startswith</c> and their kin; positions are code points.</summary>
internal static class TextSearch
{
    public static object? Find(string text, Arguments arguments, string function, bool last, bool required)
    {
        (string needle, int start, int end) = Range(text, arguments, function);
        int unit = start > end ? -1 : last ? LastIndexOf(text, needle, start, end) : IndexOf(text, needle, start, end);
        if (unit < 0)
        {
            return required ? throw TemplateFailure.Value("substring not found") : -1L;
        }

        return (long)(CodePoints.AreUnits(text) ? unit : CodePoints.CountBefore(text, unit));
    }

    public static object? Count(string text, Arguments arguments)
    {
        (string needle, int start, int end) = Range(text, arguments, "count");
        if (start > end)
        {
            return 0L;
        }

        ReadOnlySpan<char> part = text.AsSpan(start, end - start);
        return needle.Length > 0 ? part.Count(needle) : (long)CodePoints.Count(part.ToString()) + 1;
    }

    public static object? Affix(string text, Arguments arguments, string function, bool atStart)
    {
        object?[] bound = arguments.BindPositional(function, 1, 3);
        (int start, int end) = Bounds(text, bound[1], bound[2]);
        if (bound[0] is TupleValue tuple)
        {
            return Array.Exists(tuple.Items, item => Matches(text, Needle(item, function), start, end, atStart));
        }

        return Matches(text, Needle(bound[0], function), start, end, atStart);
    }

    private static bool Matches(string text, string affix, int start, int end, bool atStart)
    {
        if (start > end)
        {
            return false;
        }

        ReadOnlySpan<char> part = text.AsSpan(start, end - start);
        return atStart ? part.StartsWith(affix, StringComparison.Ordinal) : part.EndsWith(affix, StringComparison.Ordinal);
    }

    private static string Needle(object? value, string function) => PythonText.Of(value)
        ?? throw TemplateFailure.Type($"{function}() argument must be str, not {PythonType.NameOf(value)}");

    private static (string Needle, int Start, int End) Range(string text, Arguments arguments, string function)
    {
        object?[] bound = arguments.BindPositional(function, 1, 3);
        (int start, int end) = Bounds(text, bound[1], bound[2]);
        return (Needle(bound[0], function), start, end);
    }

    private static int IndexOf(string text, string needle, int start, int end)
    {
        int found = text.AsSpan(start, end - start).IndexOf(needle);
        return found < 0 ? -1 : start + found;
    }

    private static int LastIndexOf(string text, string needle, int start, int end)
    {
        int found = text.AsSpan(start, end - start).LastIndexOf(needle);
        return needle.Length == 0 ? end : found < 0 ? -1 : start + found;
    }

    /// <summary>Start and end in units, clamped as slices are.</summary>
    private static (int Start, int End) Bounds(string text, object? start, object? end)
    {
        bool hasStart = !MissingValue.Is(start) && start is not null;
        bool hasEnd = !MissingValue.Is(end) && end is not null;
        if (!hasStart && !hasEnd)
        {
            return (0, text.Length);
        }

        int length = CodePoints.Count(text);
        int first = hasStart ? Position(start, length) : 0;
        int last = hasEnd ? Math.Min(Position(end, length), length) : length;
        return first > length
            ? (text.Length + 1, text.Length)
            : (CodePoints.UnitOf(text, first), first > last ? -1 : CodePoints.UnitOf(text, last));
    }

    private static int Position(object? value, int length)
    {
        int index = PythonInteger.Index(value, "slice");
        return index < 0 ? (int)Math.Max((long)index + length, 0) : index;
    }
}
