namespace ALoRA.Onnx.Serving.Bindings;

/// <summary>Logits of the rows of a run.</summary>
internal interface IRowLogits
{
    /// <summary>Logits of a row, float32 <c>[vocab]</c>; valid until the next run.</summary>
    /// <param name="slot">What the run calls the row.</param>
    ReadOnlySpan<float> LogitsOf(int slot);
}
