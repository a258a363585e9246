
namespace ALoRA.Onnx.Python.Values;

/// <summary>A global function or a method bound to its value.</summary>
internal sealed class BuiltinFunction(string name, Func<IEvaluation, Arguments, object?> body) : FunctionValue
{
    public override string TypeName => "builtin_function_or_method";

    public override object? Call(IEvaluation evaluation, Arguments arguments) => body(evaluation, arguments);

    public override void Represent(TextPrinter printer) => printer.Append($"<built-in method {name}>");
}
