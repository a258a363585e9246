using System.Globalization;

namespace ALoRA.Onnx.Python.Values;

/// <summary>A Python range; the sandbox bounds its length.</summary>
internal sealed class RangeValue(long start, long stop, long step, int length) : TemplateValue
{
    public override string TypeName => "range";

    public override int? Length => length;

    public override bool IsIterable => true;

    public long At(int index) => start + (index * step);

    public RangeValue Slice(int first, int count, int by) =>
        new(At(first), At(first) + (count * by * step), by * step, count);

    public bool SequenceEqual(RangeValue other) =>
        length == other.Length && (length == 0 || (At(0) == other.At(0) && At(length - 1) == other.At(length - 1)));

    public override IEnumerable<object?> Iterate(Budget budget)
    {
        for (int i = 0; i < length; i++)
        {
            yield return At(i);
        }
    }

    public override IEnumerable<object?>? Reversed(Budget budget) => Enumerable.Range(0, length).Select(i => (object?)At(length - 1 - i));

    public override bool TryGetItem(object? key, Budget budget, out object? value)
    {
        bool found = PythonItem.TryPosition(key, length, out int position);
        value = found ? At(position) : null;
        return found;
    }

    public override bool TryGetAttribute(string name, out object? value)
    {
        value = name switch
        {
            "start" => start,
            "stop" => stop,
            "step" => step,
            _ => null,
        };
        return value is not null || SequenceMethods.TryGet(this, name, out value);
    }

    public override void Represent(TextPrinter printer) => printer.Append(step == 1
        ? string.Create(CultureInfo.InvariantCulture, $"range({start}, {stop})")
        : string.Create(CultureInfo.InvariantCulture, $"range({start}, {stop}, {step})"));
}
