namespace ALoRA.Onnx.Python.Values;

/// <summary>What lists and tuples share: elements that never change, since the sandbox refuses every method that would.</summary>
internal abstract class SequenceValue(object?[] items) : TemplateValue
{
    public object?[] Items { get; } = items;

    public override int? Length => Items.Length;

    public override bool IsTrue => Items.Length > 0;

    public override bool IsIterable => true;

    public abstract SequenceValue With(object?[] items);

    public override IEnumerable<object?> Iterate(Budget budget) => Items;

    public override IEnumerable<object?>? Reversed(Budget budget) => Enumerable.Reverse(Items);

    public override bool TryGetItem(object? key, Budget budget, out object? value)
    {
        bool found = PythonItem.TryPosition(key, Items.Length, out int position);
        value = found ? Items[position] : null;
        return found;
    }
}
