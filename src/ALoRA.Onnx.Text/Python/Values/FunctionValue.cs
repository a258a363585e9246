
namespace ALoRA.Onnx.Python.Values;

/// <summary>Anything a template can call.</summary>
internal abstract class FunctionValue : TemplateValue
{
    public override bool IsCallable => true;

    public override bool IsTrue => true;

    public abstract object? Call(IEvaluation evaluation, Arguments arguments);
}
