namespace ALoRA.Onnx.Cli.Evaluate;

/// <summary>Logits of one run, row by row.</summary>
internal sealed record ReferenceMatrix(float[] Values, int VocabularySize)
{
    public ReadOnlySpan<float> this[int row] => Values.AsSpan(row * VocabularySize, VocabularySize);
}
