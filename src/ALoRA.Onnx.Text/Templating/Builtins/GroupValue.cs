using ALoRA.Onnx.Python.Values;

namespace ALoRA.Onnx.Templating.Builtins;

/// <summary>One group of the <c>groupby</c> filter: a tuple of <c>grouper</c> and <c>list</c>.</summary>
internal sealed class GroupValue(object? grouper, ListValue list) : TupleValue([grouper, list])
{
    public override bool TryGetAttribute(string name, out object? value)
    {
        switch (name)
        {
            case "grouper":
                value = Items[0];
                return true;
            case "list":
                value = Items[1];
                return true;
            default:
                return base.TryGetAttribute(name, out value);
        }
    }
}
