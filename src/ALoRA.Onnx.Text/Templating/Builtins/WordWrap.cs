using System.Text;
using ALoRA.Onnx.Python;
using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Python.Strings;
using ALoRA.Onnx.Python.Values;
using ALoRA.Onnx.Templating.Rendering;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Templating.Builtins;

/// <summary>The <c>wordwrap</c> filter: Python's <c>textwrap</c>, line by line.</summary>
internal sealed class WordWrap
{
    private readonly int _width;
    private readonly bool _breaksWords;
    private readonly bool _breaksHyphens;
    private readonly Budget _budget;

    private WordWrap(int width, bool breaksWords, bool breaksHyphens, Budget budget) =>
        (_width, _breaksWords, _breaksHyphens, _budget) = (width, breaksWords, breaksHyphens, budget);

    public static object? Apply(RenderState state, object? value, Arguments arguments)
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

        WordWrap wrap = new(width, breaksWords, breaksHyphens, state.Budget);
        StringBuilder result = new();
        bool first = true;
        foreach (string line in TextSplit.Lines(text))
        {
            List<string> wrapped = wrap.Wrap(line);
            for (int i = 0; i < Math.Max(wrapped.Count, 1); i++)
            {
                TextReplace.Append(result, first ? "" : separator, i < wrapped.Count ? wrapped[i] : "", state.Budget);
                first = false;
            }
        }

        return result.ToString();
    }

    private List<string> Wrap(string line)
    {
        // Chunks are windows of the line, so that cutting a long word again and again copies nothing.
        Stack<ReadOnlyMemory<char>> chunks = new(WordChunks.Split(line, _breaksHyphens).AsEnumerable().Reverse());
        List<string> lines = [];
        while (chunks.Count > 0)
        {
            _budget.Elements(8);
            if (lines.Count > 0 && chunks.Peek().Span.IsWhiteSpace())
            {
                chunks.Pop();
            }

            List<ReadOnlyMemory<char>> current = [];
            int room = _width;
            while (chunks.TryPeek(out ReadOnlyMemory<char> chunk) && CountUpTo(chunk.Span, room) is int length && length <= room)
            {
                _budget.Elements(8);
                current.Add(chunks.Pop());
                room -= length;
            }

            if (chunks.TryPeek(out ReadOnlyMemory<char> tooLong) && CountUpTo(tooLong.Span, _width) > _width)
            {
                BreakWord(chunks, current, Math.Max(room, 1));
            }

            if (current.Count > 0 && current[^1].Span.IsWhiteSpace())
            {
                current.RemoveAt(current.Count - 1);
            }

            if (current.Count > 0)
            {
                lines.Add(Concat(current));
            }
        }

        return lines;
    }

    private void BreakWord(Stack<ReadOnlyMemory<char>> chunks, List<ReadOnlyMemory<char>> current, int room)
    {
        if (!_breaksWords)
        {
            if (current.Count == 0)
            {
                current.Add(chunks.Pop());
            }

            return;
        }

        ReadOnlyMemory<char> chunk = chunks.Pop();
        string start = chunk[..Math.Min(chunk.Length, 2 * room)].ToString();
        int end = CodePoints.UnitOf(start, room);
        int hyphen = _breaksHyphens && chunk.Length > end ? start[..end].LastIndexOf('-') : -1;
        end = hyphen > 0 && start.AsSpan(0, hyphen).ContainsAnyExcept('-') ? hyphen + 1 : end;
        current.Add(chunk[..end]);
        chunks.Push(chunk[end..]);
    }

    private static string Concat(List<ReadOnlyMemory<char>> chunks)
    {
        StringBuilder line = new();
        chunks.ForEach(chunk => line.Append(chunk));
        return line.ToString();
    }

    /// <summary>The code points of a text, counted no further than just beyond a limit.</summary>
    private static int CountUpTo(ReadOnlySpan<char> text, int limit)
    {
        int count = 0;
        for (int i = 0; i < text.Length && count <= limit; i++)
        {
            count += i > 0 && char.IsSurrogatePair(text[i - 1], text[i]) ? 0 : 1;
        }

        return count;
    }
}
