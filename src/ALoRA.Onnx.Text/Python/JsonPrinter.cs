using System.Globalization;
using System.Numerics;
using System.Text;
using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Python.Values;

namespace ALoRA.Onnx.Python;

/// <summary>Writes a value as Python's <c>json.dumps</c> does.</summary>
internal sealed class JsonPrinter(Budget budget, bool ascii, string? indent, string itemSeparator, string keySeparator, bool sortsKeys)
{
    private readonly StringBuilder _text = new();

    public string Print(object? value)
    {
        Write(value, 0);
        return _text.ToString();
    }

    private void Write(object? value, int depth)
    {
        switch (value)
        {
            case string or MarkupValue:
                WriteText(PythonText.Of(value)!);
                break;
            case SequenceValue sequence:
                StackGuard.Check();
                WriteAll(sequence.Items, "[", "]", depth, item => Write(item, depth + 1));
                break;
            case DictValue dict:
                StackGuard.Check();
                WriteAll(Pairs(dict), "{", "}", depth, pair => WritePair((TupleValue)pair!, depth + 1));
                break;
            default:
                Append(Scalar(value) ?? throw TemplateFailure.Type($"Object of type {PythonType.NameOf(value)} is not JSON serializable"));
                break;
        }
    }

    private static string? Scalar(object? value) => value switch
    {
        null => "null",
        true => "true",
        false => "false",
        long number => number.ToString(CultureInfo.InvariantCulture),
        BigInteger number => PythonInteger.Print(number),
        double number when double.IsFinite(number) => FloatPrinter.Shortest(number),
        double number => double.IsNaN(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity",
        _ => null,
    };

    private object?[] Pairs(DictValue dict)
    {
        object?[] pairs = [.. dict.Pairs.Select(pair => new TupleValue([pair.Key, pair.Value]))];
        budget.Elements(pairs.Length);
        return sortsKeys
            ? StableSort.Sort(pairs, Array.ConvertAll(pairs, pair => ((TupleValue)pair!).Items[0]), reverse: false, budget)
            : pairs;
    }

    private void WritePair(TupleValue pair, int depth)
    {
        object? key = pair.Items[0];
        WriteText(PythonText.Of(key) ?? Scalar(key)
            ?? throw TemplateFailure.Type($"keys must be str, int, float, bool or None, not {PythonType.NameOf(key)}"));
        Append(keySeparator);
        Write(pair.Items[1], depth);
    }

    private void WriteAll(object?[] items, string open, string close, int depth, Action<object?> write)
    {
        Append(open);
        for (int i = 0; i < items.Length; i++)
        {
            Append(i > 0 ? itemSeparator : "");
            NewLine(depth + 1);
            write(items[i]);
        }

        if (items.Length > 0)
        {
            NewLine(depth);
        }

        Append(close);
    }

    private void NewLine(int depth)
    {
        if (indent is not null)
        {
            Append("\n");
            for (int i = 0; i < depth; i++)
            {
                Append(indent);
            }
        }
    }

    private void Append(string text)
    {
        budget.Step();
        budget.Growth(_text.Length, text.Length);
        _text.Append(text);
    }

    private void WriteText(string text)
    {
        budget.Growth(_text.Length, text.Length * (ascii ? 6L : 1));
        _text.Append('"');
        foreach (char c in text)
        {
            switch (c)
            {
                case '"':
                    _text.Append("\\\"");
                    break;
                case '\\':
                    _text.Append(@"\\");
                    break;
                case '\n':
                    _text.Append(@"\n");
                    break;
                case '\r':
                    _text.Append(@"\r");
                    break;
                case '\t':
                    _text.Append(@"\t");
                    break;
                case '\b':
                    _text.Append(@"\b");
                    break;
                case '\f':
                    _text.Append(@"\f");
                    break;
                case < ' ':
                case > '~' when ascii:
                    _text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
                    break;
                default:
                    _text.Append(c);
                    break;
            }
        }

        _text.Append('"');
    }
}
