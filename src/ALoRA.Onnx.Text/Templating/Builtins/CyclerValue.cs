using ALoRA.Onnx.Python.Values;

namespace ALoRA.Onnx.Templating.Builtins;

/// <summary>What <c>cycler(…)</c> gives: items taken in turn.</summary>
internal sealed class CyclerValue(object?[] items) : TemplateValue
{
    private int _position;

    public override string TypeName => "Cycler";

    public override bool IsTrue => true;

    public override bool TryGetAttribute(string name, out object? value)
    {
        switch (name)
        {
            case "current":
                value = items[_position];
                return true;
            case "next":
                value = new BuiltinFunction(name, (_, _) => Next());
                return true;
            case "reset":
                value = new BuiltinFunction(name, (_, _) =>
                {
                    _position = 0;
                    return null;
                });
                return true;
            case "items":
                value = new TupleValue(items);
                return true;
            case "pos":
                value = (long)_position;
                return true;
            default:
                return base.TryGetAttribute(name, out value);
        }
    }

    private object? Next()
    {
        object? item = items[_position];
        _position = (_position + 1) % items.Length;
        return item;
    }
}
