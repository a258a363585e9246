namespace ALoRA.Onnx.Intrinsics.Sentences;

/// <summary>A mark that may end a sentence.</summary>
/// <param name="WordStart">Where the word before it begins.</param>
/// <param name="Mark">Position of the mark.</param>
/// <param name="Next">Where the next sentence would begin: behind the mark, or at the next word.</param>
/// <param name="ContextEnd">End of what follows the mark: one mark, or white space and a word.</param>
internal readonly record struct SentenceCandidate(int WordStart, int Mark, int Next, int ContextEnd);
