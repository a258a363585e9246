using ALoRA.Onnx.Python;
using ALoRA.Onnx.Python.Values;
using ALoRA.Onnx.Templating.Syntax.Nodes;

namespace ALoRA.Onnx.Templating.Rendering;

/// <summary>The <c>self</c> variable: the template's blocks by name, each callable.</summary>
internal sealed class TemplateReference(IReadOnlyDictionary<string, BlockStatement> blocks) : TemplateValue
{
    public override string TypeName => "TemplateReference";

    public override bool IsTrue => true;

    public override bool TryGetItem(object? key, Budget budget, out object? value)
    {
        value = PythonText.Of(key) is string name && blocks.TryGetValue(name, out BlockStatement? block)
            ? new BuiltinFunction(name, (renderer, _) => renderer.CaptureBlock(block))
            : null;
        return value is not null;
    }
}
