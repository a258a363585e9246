using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Python.Values;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Python.Strings;

/// <summary>Python's <c>split</c>, <c>rsplit</c>, <c>splitlines</c> and <c>partition</c>.</summary>
internal static class TextSplit
{
    public static ListValue Split(string text, Arguments arguments, bool fromRight, Budget budget)
    {
        object?[] bound = arguments.Bind(fromRight ? "rsplit" : "split", 0, "sep", "maxsplit");
        string? separator = MissingValue.Is(bound[0]) || bound[0] is null
            ? null
            : PythonText.Of(bound[0]) ?? throw TemplateFailure.Type($"must be str or None, not {PythonType.NameOf(bound[0])}");
        int limit = MissingValue.Is(bound[1]) ? -1 : PythonInteger.Index(bound[1], "split");
        limit = limit < 0 ? int.MaxValue : limit;
        if (separator is { Length: 0 })
        {
            throw TemplateFailure.Value("empty separator");
        }

        budget.Elements(text.Length / 4);
        List<object?> parts = (separator, fromRight) switch
        {
            (null, false) => Words(text, limit),
            (null, true) => WordsFromRight(text, limit),
            (_, false) => Parts(text, separator!, limit),
            _ => PartsFromRight(text, separator!, limit),
        };
        budget.Elements(parts.Count);
        return new ListValue([.. parts]);
    }

    public static ListValue Lines(string text, Arguments arguments)
    {
        object?[] bound = arguments.Bind("splitlines", 0, "keepends");
        return new ListValue([.. Lines(text, !MissingValue.Is(bound[0]) && PythonTruth.Of(bound[0]))]);
    }

    public static List<string> Lines(string text, bool keepEnds = false)
    {
        List<string> lines = [];
        for (int start = 0; start < text.Length;)
        {
            int end = start;
            while (end < text.Length && !CharacterClass.IsLineBreak(text[end]))
            {
                end++;
            }

            int next = end >= text.Length ? end : text[end] == '\r' && end + 1 < text.Length && text[end + 1] == '\n' ? end + 2 : end + 1;
            lines.Add(text[start..(keepEnds ? next : end)]);
            start = next;
        }

        return lines;
    }

    public static TupleValue Partition(string text, Arguments arguments, bool fromRight)
    {
        string function = fromRight ? "rpartition" : "partition";
        object? argument = arguments.BindPositional(function, 1, 1)[0];
        string separator = PythonText.Of(argument) ?? throw TemplateFailure.Type($"must be str, not {PythonType.NameOf(argument)}");
        if (separator.Length == 0)
        {
            throw TemplateFailure.Value("empty separator");
        }

        int found = fromRight ? text.LastIndexOf(separator, StringComparison.Ordinal) : text.IndexOf(separator, StringComparison.Ordinal);
        return found >= 0
            ? new TupleValue([text[..found], separator, text[(found + separator.Length)..]])
            : fromRight ? new TupleValue(["", "", text]) : new TupleValue([text, "", ""]);
    }

    private static List<object?> Parts(string text, string separator, int limit)
    {
        List<object?> parts = [];
        int start = 0;
        while (parts.Count < limit)
        {
            int found = text.IndexOf(separator, start, StringComparison.Ordinal);
            if (found < 0)
            {
                break;
            }

            parts.Add(text[start..found]);
            start = found + separator.Length;
        }

        parts.Add(text[start..]);
        return parts;
    }

    private static List<object?> PartsFromRight(string text, string separator, int limit)
    {
        List<object?> parts = [];
        int end = text.Length;
        while (parts.Count < limit)
        {
            int found = text.AsSpan(0, end).LastIndexOf(separator);
            if (found < 0)
            {
                break;
            }

            parts.Add(text[(found + separator.Length)..end]);
            end = found;
        }

        parts.Add(text[..end]);
        parts.Reverse();
        return parts;
    }

    private static List<object?> Words(string text, int limit)
    {
        List<object?> words = [];
        int start = SkipSpace(text, 0);
        while (start < text.Length)
        {
            if (words.Count >= limit)
            {
                words.Add(text[start..]);
                break;
            }

            int end = start;
            while (end < text.Length && !CharacterClass.IsSpace(text[end]))
            {
                end++;
            }

            words.Add(text[start..end]);
            start = SkipSpace(text, end);
        }

        return words;
    }

    private static List<object?> WordsFromRight(string text, int limit)
    {
        List<object?> words = [];
        int end = PythonStrip.Right(text, null).Length;
        while (end > 0)
        {
            if (words.Count >= limit)
            {
                words.Add(text[..end]);
                break;
            }

            int start = end;
            while (start > 0 && !CharacterClass.IsSpace(text[start - 1]))
            {
                start--;
            }

            words.Add(text[start..end]);
            end = start;
            while (end > 0 && CharacterClass.IsSpace(text[end - 1]))
            {
                end--;
            }
        }

        words.Reverse();
        return words;
    }

    private static int SkipSpace(string text, int position)
    {
        while (position < text.Length && CharacterClass.IsSpace(text[position]))
        {
            position++;
        }

        return position;
    }
}
