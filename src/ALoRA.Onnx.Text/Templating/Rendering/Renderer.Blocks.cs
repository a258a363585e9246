using System.Text;
using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Python.Values;
using ALoRA.Onnx.Templating.Syntax.Nodes;

namespace ALoRA.Onnx.Templating.Rendering;

internal sealed partial class Renderer
{
    /// <summary>Renders a block apart, as <c>self.name()</c> does.</summary>
    public object CaptureBlock(BlockStatement block)
    {
        StringBuilder outer = BeginCapture();
        Block(block);
        return Captured(EndCapture(outer));
    }

    /// <summary>A block sees what the template itself assigned so far; a scoped one also what the scopes around it hold.</summary>
    private void Block(BlockStatement block)
    {
        if (block.Required)
        {
            throw TemplateFailure.Runtime($"Required block '{block.Name}' not found");
        }

        EnterCall();
        (Frame outer, DictValue? outerVariables) = (_frame, _blockVariables);
        DictValue variables = outerVariables?.Copy(Budget) ?? new DictValue(Budget);
        Export(block.Scoped ? outer : Root(outer), variables);
        _blockVariables = variables;
        _frame = new Frame(block.Scope, null);
        Start(_frame);
        SetSelf(_frame);
        Execute(block.Body);
        (_frame, _blockVariables) = (outer, outerVariables);
        LeaveCall();
    }

    private static Frame Root(Frame frame) => frame.Parent is null ? frame : Root(frame.Parent);

    private static void Export(Frame frame, DictValue variables)
    {
        if (frame.Parent is not null)
        {
            Export(frame.Parent, variables);
        }

        for (int i = 0; i < frame.Slots.Length; i++)
        {
            if (!MissingValue.Is(frame.Slots[i]))
            {
                variables.Set(frame.Layout.Names[i], frame.Slots[i]);
            }
        }
    }
}
