namespace ALoRA.Onnx.Python.Values;

/// <summary>A Python list.</summary>
internal sealed class ListValue(object?[] items) : SequenceValue(items)
{
    public override string TypeName => "list";

    public override SequenceValue With(object?[] items) => new ListValue(items);

    public override bool TryGetAttribute(string name, out object? value) => SequenceMethods.TryGet(this, name, out value);

    public override void Represent(TextPrinter printer)
    {
        printer.Append("[");
        printer.RepresentAll(Items);
        printer.Append("]");
    }
}
