namespace ALoRA.Onnx.Templating.Rendering;

/// <summary>How a recursive loop runs itself again, and how deep it already is.</summary>
internal sealed record Recursion(Func<object?, string> Run, int Depth);
