using ALoRA.Onnx.Python;
using ALoRA.Onnx.Python.Values;

namespace ALoRA.Onnx.Templating.Builtins;

/// <summary>What <c>joiner(…)</c> gives: nothing on the first call, the separator afterwards.</summary>
internal sealed class JoinerValue(object? separator) : FunctionValue
{
    private bool _used;

    public override string TypeName => "Joiner";

    public override object? Call(IEvaluation evaluation, Arguments arguments)
    {
        arguments.Bind("joiner", 0);
        object? result = _used ? separator : "";
        _used = true;
        return result;
    }

    public override bool TryGetAttribute(string name, out object? value)
    {
        value = name switch
        {
            "sep" => separator,
            "used" => _used,
            _ => null,
        };
        return name is "sep" or "used";
    }
}
