namespace ALoRA.Onnx;

/// <summary>A sentence of an answer, and whether the documents support it.</summary>
/// <param name="Begin">Begin in the answer, in code points.</param>
/// <param name="End">End in the answer, in code points.</param>
/// <param name="Text">The sentence.</param>
/// <param name="Faithfulness"><c>faithful</c>, <c>partial</c>, <c>unfaithful</c> or <c>NA</c>.</param>
/// <param name="Explanation">Why, in the adapter's words; null where it gives none.</param>
public sealed record SentenceFaithfulness(int Begin, int End, string? Text, string? Faithfulness, string? Explanation);
