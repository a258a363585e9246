using ALoRA.Onnx.Python.Failures;

namespace ALoRA.Onnx.Python.Values;

/// <summary>A Python dict: keeps the order of insertion; 1, 1.0 and True are one key.</summary>
internal sealed class DictValue(Budget budget) : TemplateValue
{
    private static readonly object NoneKey = new();

    private readonly OrderedDictionary<object, object?> _items = new(new PythonEquality(budget));

    public override string TypeName => "dict";

    public override int? Length => _items.Count;

    public override bool IsTrue => _items.Count > 0;

    public override bool IsIterable => true;

    public IEnumerable<object?> Keys => _items.Keys.Select(Reveal);

    public IEnumerable<object?> Values => _items.Values;

    public IEnumerable<KeyValuePair<object?, object?>> Pairs =>
        _items.Select(p => new KeyValuePair<object?, object?>(Reveal(p.Key), p.Value));

    public void Set(object? key, object? value) => _items[key ?? NoneKey] = value;

    /// <summary>Finds a key's value; a TypeError where the key is unhashable.</summary>
    public bool TryGet(object? key, out object? value) => _items.TryGetValue(key ?? NoneKey, out value);

    public DictValue Copy(Budget budget)
    {
        budget.Elements(_items.Count);
        DictValue copy = new(budget);
        foreach ((object key, object? value) in _items)
        {
            copy._items.Add(key, value);
        }

        return copy;
    }

    public override IEnumerable<object?> Iterate(Budget budget) => Keys;

    public override IEnumerable<object?>? Reversed(Budget budget) => Keys.Reverse();

    public override bool TryGetItem(object? key, Budget budget, out object? value)
    {
        try
        {
            return TryGet(key, out value);
        }
        catch (TemplateFailure e) when (e.Kind == FailureKind.Type)
        {
            // An unhashable key: subscripts fall back to undefined.
            value = null;
            return false;
        }
    }

    public override bool TryGetAttribute(string name, out object? value) => DictMethods.TryGet(this, name, out value);

    public override void Represent(TextPrinter printer)
    {
        printer.Append("{");
        bool first = true;
        foreach ((object? key, object? value) in printer.Order(this))
        {
            printer.Append(first ? "" : ", ");
            first = false;
            printer.Represent(key);
            printer.Append(": ");
            printer.Represent(value);
        }

        printer.Append("}");
    }

    private static object? Reveal(object key) => ReferenceEquals(key, NoneKey) ? null : key;
}
