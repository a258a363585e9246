using ALoRA.Onnx.Python.Values;
using ALoRA.Onnx.Templating.Scoping;

namespace ALoRA.Onnx.Templating.Rendering;

/// <summary>
/// The variables of a scope that was entered. A loop has one frame for all its passes, so that macros defined inside see the latest.
/// </summary>
internal sealed class Frame(ScopeLayout layout, Frame? parent)
{
    public ScopeLayout Layout { get; } = layout;

    public Frame? Parent { get; } = parent;

    public object?[] Slots { get; } = new object?[layout.Names.Length];

    /// <summary>The template's own scope.</summary>
    public Frame Root => Parent is null ? this : Parent.Root;

    public Frame Outer(int depth)
    {
        Frame frame = this;
        for (int i = 0; i < depth; i++)
        {
            frame = frame.Parent!;
        }

        return frame;
    }

    /// <summary>Adds the variables that hold something, the outermost scope's first.</summary>
    public void CopyTo(DictValue variables)
    {
        Parent?.CopyTo(variables);
        for (int i = 0; i < Slots.Length; i++)
        {
            if (!MissingValue.Is(Slots[i]))
            {
                variables.Set(Layout.Names[i], Slots[i]);
            }
        }
    }
}
