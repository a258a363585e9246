namespace ALoRA.Onnx.Python.Values;

/// <summary>What <c>namespace(…)</c> gives: the one value whose attributes a template may assign.</summary>
internal sealed class NamespaceValue(DictValue attributes) : TemplateValue
{
    public override string TypeName => "Namespace";

    public override bool IsTrue => true;

    public void Set(string name, object? value) => attributes.Set(name, value);

    public override bool TryGetAttribute(string name, out object? value)
    {
        bool found = attributes.TryGet(name, out value);
        value = found && name.StartsWith('_') ? UndefinedValue.Unsafe(this, name) : value;
        return found;
    }

    public override void Represent(TextPrinter printer)
    {
        printer.Append("<Namespace ");
        printer.Represent(attributes);
        printer.Append(">");
    }
}
