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

    public Frame Outer(int depth)
    {
        Frame frame = this;
        for (int i = 0; i < depth; i++)
        {
            frame = frame.Parent!;
        }

        return frame;
    }
}
