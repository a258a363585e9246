namespace ALoRA.Onnx.Python.Values;

/// <summary>
/// What <c>keys()</c>, <c>values()</c> and <c>items()</c> of a dict give: countable, iterable again and again, without positions.
/// </summary>
internal sealed class DictViewValue(DictValue dict, DictViewKind kind) : TemplateValue
{
    public DictValue Dict => dict;

    public DictViewKind Kind => kind;

    public override string TypeName => kind switch
    {
        DictViewKind.Keys => "dict_keys",
        DictViewKind.Values => "dict_values",
        _ => "dict_items",
    };

    public override int? Length => dict.Length;

    public override bool IsIterable => true;

    private IEnumerable<object?> Elements => kind switch
    {
        DictViewKind.Keys => dict.Keys,
        DictViewKind.Values => dict.Values,
        _ => dict.Pairs.Select(pair => new TupleValue([pair.Key, pair.Value])),
    };

    public override IEnumerable<object?> Iterate(Budget budget) => Elements;

    public override IEnumerable<object?>? Reversed(Budget budget) => Elements.Reverse();

    public override void Represent(TextPrinter printer)
    {
        printer.Append(TypeName + "([");
        printer.RepresentAll(Elements);
        printer.Append("])");
    }
}

internal enum DictViewKind
{
    Keys,
    Values,
    Items,
}
