namespace ALoRA.Onnx.Templating.Rendering;

/// <summary>How a body ended.</summary>
internal enum Flow
{
    Normal,
    Break,
    Continue,
}
