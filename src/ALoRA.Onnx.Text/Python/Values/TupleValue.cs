namespace ALoRA.Onnx.Python.Values;

/// <summary>A Python tuple.</summary>
internal class TupleValue(object?[] items) : SequenceValue(items)
{
    public override string TypeName => "tuple";

    public override SequenceValue With(object?[] items) => new TupleValue(items);

    public override bool TryGetAttribute(string name, out object? value) => SequenceMethods.TryGet(this, name, out value);

    public override void Represent(TextPrinter printer)
    {
        printer.Append("(");
        printer.RepresentAll(Items);
        printer.Append(Items.Length == 1 ? ",)" : ")");
    }
}
