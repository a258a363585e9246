namespace ALoRA.Onnx;

/// <summary>The generation that a processor or sampler is made for.</summary>
/// <param name="VocabularySize">Number of ids, which is also the number of logits in a row.</param>
/// <param name="PromptLength">Number of ids before the first generated one.</param>
/// <param name="Seed"><see cref="GenerationOptions.Seed"/>; null for a new seed each time.</param>
/// <param name="Tokenizer">The model's tokenizer; null if it has none.</param>
public sealed record GenerationContext(int VocabularySize, int PromptLength, long? Seed, HfTokenizer? Tokenizer);
