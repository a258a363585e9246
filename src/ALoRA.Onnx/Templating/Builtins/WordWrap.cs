using System.Text;
using ALoRA.Onnx.Templating.Builtins.Text;
using ALoRA.Onnx.Templating.Errors;
using ALoRA.Onnx.Templating.Rendering;
using ALoRA.Onnx.Templating.Values;

namespace ALoRA.Onnx.Templating.Builtins;

/// <summary>The <c>wordwrap</c> filter: Python's <c>textwrap</c>, line by line.</summary>
internal static class WordWrap
{
    public static object? Apply(Renderer renderer, object? value, Arguments arguments)
    {
        object?[] bound = arguments.Bind("wordwrap", 0, "width", "break_long_words", "wrapstring", "break_on_hyphens");
        int width = MissingValue.Is(bound[0]) ? 79 : PythonInteger.Index(bound[0], "wordwrap");
        bool breaksWords = MissingValue.Is(bound[1]) || PythonTruth.Of(bound[1]);
        string separator = MissingValue.Is(bound[2]) || bound[2] is null ? "\n"
            : PythonText.Of(bound[2]) ?? throw TemplateFailure.Type("wordwrap() argument 'wrapstring' must be str");
        bool breaksHyphens = MissingValue.Is(bound[3]) || PythonTruth.Of(bound[3]);
        string text = PythonText.Of(value) ?? throw (value as UndefinedValue)?.Failure()
            ?? TemplateFailure.Type($"'{PythonType.NameOf(value)}' object has no attribute 'splitlines'");
        if (width <= 0 && text.Length > 0)
        {
            throw TemplateFailure.Value($"invalid width {width} (must be > 0)");
        }

        StringBuilder result = new();
        bool first = true;
        foreach (string line in TextSplit.Lines(text))
        {
            List<string> wrapped = Wrap(line, width, breaksWords, breaksHyphens);
            for (int i = 0; i < Math.Max(wrapped.Count, 1); i++)
            {
                TextReplace.Append(result, first ? "" : separator, i < wrapped.Count ? wrapped[i] : "", renderer.Budget);
                first = false;
            }
        }

        return result.ToString();
    }

    private static List<string> Wrap(string line, int width, bool breaksWords, bool breaksHyphens)
    {
        Stack<string> chunks = new(WordChunks.Split(line, breaksHyphens).AsEnumerable().Reverse());
        List<string> lines = [];
        while (chunks.Count > 0)
        {
            if (lines.Count > 0 && string.IsNullOrWhiteSpace(chunks.Peek()))
            {
                chunks.Pop();
            }

            List<string> current = [];
            int length = 0;
            while (chunks.TryPeek(out string? chunk) && length + CodePoints.Count(chunk) <= width)
            {
                current.Add(chunks.Pop());
                length += CodePoints.Count(chunk);
            }

            if (chunks.TryPeek(out string? tooLong) && CodePoints.Count(tooLong) > width)
            {
                BreakWord(chunks, current, width - length, breaksWords, breaksHyphens);
            }

            if (current.Count > 0 && string.IsNullOrWhiteSpace(current[^1]))
            {
                current.RemoveAt(current.Count - 1);
            }

            if (current.Count > 0)
            {
                lines.Add(string.Concat(current));
            }
        }

        return lines;
    }

    private static void BreakWord(Stack<string> chunks, List<string> current, int room, bool breaksWords, bool breaksHyphens)
    {
        room = Math.Max(room, 1);
        string chunk = chunks.Peek();
        if (breaksWords)
        {
            int end = CodePoints.UnitOf(chunk, room);
            int hyphen = breaksHyphens && CodePoints.Count(chunk) > room ? chunk[..end].LastIndexOf('-') : -1;
            end = hyphen > 0 && chunk[..hyphen].Any(c => c != '-') ? hyphen + 1 : end;
            chunks.Pop();
            current.Add(chunk[..end]);
            chunks.Push(chunk[end..]);
        }
        else if (current.Count == 0)
        {
            current.Add(chunks.Pop());
        }
    }
}
