using System.Text;
using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Python.Strings;
using ALoRA.Onnx.Python.Values;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Python;

/// <summary>The <c>pprint</c> filter: Python's <c>pprint.pformat</c> with 80 columns, keys in order and one space of indentation.</summary>
internal sealed class PrettyPrinter
{
    private const int Width = 80;

    private readonly Budget _budget;
    private readonly StringBuilder _text = new();

    private PrettyPrinter(Budget budget) => _budget = budget;

    public static object? Apply(IEvaluation evaluation, object? value, Arguments arguments)
    {
        arguments.Bind("pprint", 0);
        PrettyPrinter printer = new(evaluation.Budget);
        printer.Write(value, 0, 0, 1);
        return printer._text.ToString();
    }

    private void Append(string text) => TextReplace.Append(_text, "", text, _budget);

    private void Write(object? value, int indent, int allowance, int level)
    {
        StackGuard.Check();
        string line = TextPrinter.Represent(value, _budget, Sorted);
        int room = Width - indent - allowance;
        switch (value)
        {
            case DictValue dict when CodePoints.Count(line) > room:
                Append("{");
                WriteItems(Pairs(dict), indent + 1, allowance + 1, level, WritePair);
                Append("}");
                break;
            case ListValue list when CodePoints.Count(line) > room:
                Append("[");
                WriteItems(list.Items, indent + 1, allowance + 1, level, Write);
                Append("]");
                break;
            case TupleValue tuple when CodePoints.Count(line) > room:
                string end = tuple.Items.Length == 1 ? ",)" : ")";
                Append("(");
                WriteItems(tuple.Items, indent + 1, allowance + end.Length, level, Write);
                Append(end);
                break;
            case string text when CodePoints.Count(line) > room && text.Length > 0:
                WriteText(text, indent, allowance, level);
                break;
            default:
                Append(line);
                break;
        }
    }

    private void WriteItems(object?[] items, int indent, int allowance, int level, Action<object?, int, int, int> write)
    {
        for (int i = 0; i < items.Length; i++)
        {
            if (i > 0)
            {
                Append(",\n");
                Append(SequenceArithmetic.Repeat(" ", indent, _budget));
            }

            write(items[i], indent, i == items.Length - 1 ? allowance : 1, level + 1);
        }
    }

    private void WritePair(object? pair, int indent, int allowance, int level)
    {
        object?[] parts = ((TupleValue)pair!).Items;
        string key = TextPrinter.Represent(parts[0], _budget, Sorted);
        Append(key);
        Append(": ");
        Write(parts[1], indent + CodePoints.Count(key) + 2, allowance, level);
    }

    /// <summary>Wraps a long text into quoted pieces, at line ends and between words.</summary>
    private void WriteText(string text, int indent, int allowance, int level)
    {
        List<string> chunks = [];
        List<string> lines = TextSplit.Lines(text, keepEnds: true);
        int room = Width - indent - (level == 1 ? 1 : 0);
        allowance += level == 1 ? 1 : 0;
        indent += level == 1 ? 1 : 0;
        for (int i = 0; i < lines.Count; i++)
        {
            int last = i == lines.Count - 1 ? room - allowance : room;
            if (CodePoints.Count(TextPrinter.Quote(lines[i])) <= last)
            {
                chunks.Add(TextPrinter.Quote(lines[i]));
                continue;
            }

            List<string> words = Words(lines[i]);
            string current = "";
            for (int j = 0; j < words.Count; j++)
            {
                string candidate = current + words[j];
                int limit = j == words.Count - 1 && i == lines.Count - 1 ? room - allowance : room;
                if (CodePoints.Count(TextPrinter.Quote(candidate)) > limit)
                {
                    if (current.Length > 0)
                    {
                        chunks.Add(TextPrinter.Quote(current));
                    }

                    current = words[j];
                }
                else
                {
                    current = candidate;
                }
            }

            if (current.Length > 0)
            {
                chunks.Add(TextPrinter.Quote(current));
            }
        }

        bool parenthesized = chunks.Count > 1 && level == 1;
        Append(parenthesized ? "(" : "");
        Append(string.Join("\n" + new string(' ', indent), chunks));
        Append(parenthesized ? ")" : "");
    }

    /// <summary>Words, each with the white space that follows it.</summary>
    private static List<string> Words(string line)
    {
        List<string> words = [];
        for (int start = 0; start < line.Length;)
        {
            int end = start;
            while (end < line.Length && !CharacterClass.IsSpace(line[end]))
            {
                end++;
            }

            while (end < line.Length && CharacterClass.IsSpace(line[end]))
            {
                end++;
            }

            words.Add(line[start..end]);
            start = end;
        }

        return words;
    }

    private IEnumerable<KeyValuePair<object?, object?>> Sorted(DictValue dict) =>
        Pairs(dict).Select(pair => new KeyValuePair<object?, object?>(((TupleValue)pair!).Items[0], ((TupleValue)pair).Items[1]));

    private object?[] Pairs(DictValue dict)
    {
        _budget.Elements(dict.Length ?? 0);
        object?[] pairs = [.. dict.Pairs.Select(pair => new TupleValue([pair.Key, pair.Value]))];
        object?[] keys = Array.ConvertAll(pairs, pair => ((TupleValue)pair!).Items[0]);
        try
        {
            return StableSort.Sort(pairs, keys, reverse: false, _budget);
        }
        catch (TemplateFailure e) when (e.Kind == FailureKind.Type)
        {
            // Keys of different types have no order of their own; Python then sorts by the type's name.
            return StableSort.Sort(pairs, Array.ConvertAll(keys, key => (object?)PythonType.NameOf(key)), reverse: false, _budget);
        }
    }
}
