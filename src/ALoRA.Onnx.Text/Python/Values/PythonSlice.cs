using System.Text;
using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Python.Values;

/// <summary>Python's <c>value[start:stop:step]</c>.</summary>
internal static class PythonSlice
{
    public static object Of(object? value, object? start, object? stop, object? step, Budget budget)
    {
        switch (value)
        {
            case string or MarkupValue:
                return PythonText.Like(value, OfText(PythonText.Of(value)!, start, stop, step, budget));
            case SequenceValue sequence:
                (int first, int count, int by) = Positions(sequence.Items.Length, start, stop, step);
                budget.Elements(count);
                object?[] items = new object?[count];
                for (int i = 0; i < count; i++)
                {
                    items[i] = sequence.Items[first + (i * by)];
                }

                return sequence is ListValue ? new ListValue(items) : new TupleValue(items);
            case RangeValue range:
                (first, count, by) = Positions(range.Length!.Value, start, stop, step);
                return range.Slice(first, count, by);
            case BytesValue bytes:
                (first, count, by) = Positions(bytes.Bytes.Length, start, stop, step);
                return new BytesValue([.. Enumerable.Range(0, count).Select(i => bytes.Bytes[first + (i * by)])]);
            case UndefinedValue undefined:
                throw undefined.Failure();
            case DictValue:
                throw TemplateFailure.Type("unhashable type: 'slice'");
            default:
                throw TemplateFailure.Type($"'{PythonType.NameOf(value)}' object is not subscriptable");
        }
    }

    private static string OfText(string text, object? start, object? stop, object? step, Budget budget)
    {
        bool direct = CodePoints.AreUnits(text);
        (int first, int count, int by) = Positions(direct ? text.Length : CodePoints.Count(text), start, stop, step);
        budget.Characters(count);
        if (count == 0)
        {
            return "";
        }

        if (by == 1)
        {
            int from = CodePoints.UnitOf(text, first);
            return direct ? text.Substring(from, count) : text[from..CodePoints.UnitOf(text, first + count)];
        }

        string[] characters = direct ? [] : [.. CodePoints.Split(text)];
        StringBuilder result = new(count);
        for (int i = 0; i < count; i++)
        {
            int position = first + (i * by);
            _ = direct ? result.Append(text[position]) : result.Append(characters[position]);
        }

        return result.ToString();
    }

    private static (int First, int Count, int Step) Positions(int length, object? start, object? stop, object? step)
    {
        int by = step is null ? 1 : Index(step);
        if (by == 0)
        {
            throw TemplateFailure.Value("slice step cannot be zero");
        }

        int lowest = by > 0 ? 0 : -1;
        int highest = by > 0 ? length : length - 1;
        int first = start is null ? (by > 0 ? lowest : highest) : Clamp(Index(start), length, lowest, highest);
        int last = stop is null ? (by > 0 ? highest : lowest) : Clamp(Index(stop), length, lowest, highest);
        long distance = by > 0 ? (long)last - first : (long)first - last;
        long stride = Math.Abs((long)by);
        int count = distance <= 0 ? 0 : (int)((distance + stride - 1) / stride);
        return (first, count, count <= 1 ? 1 : by);
    }

    private static int Clamp(int index, int length, int lowest, int highest) =>
        (int)Math.Clamp(index < 0 ? (long)index + length : index, lowest, highest);

    private static int Index(object? value) => PythonType.IsInteger(value) || value is UndefinedValue
        ? PythonInteger.Index(value, "slice")
        : throw TemplateFailure.Type("slice indices must be integers or None or have an __index__ method");
}
