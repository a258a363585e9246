namespace ALoRA.Onnx.Training;

/// <summary>A loss, a norm or weights are no numbers any more.</summary>
internal sealed class NoNumberException(string message) : InvalidOperationException(message);
