namespace ALoRA.Onnx.Tokenization.PostProcessing;

/// <summary>A stage that completes the tokens of a text. Thread-safe.</summary>
internal abstract class PostProcessor
{
    /// <param name="tokens">The tokens so far.</param>
    /// <param name="addSpecialTokens">Whether tokens may be added; offsets are worked on either way.</param>
    public abstract void Apply(EncodedTokens tokens, bool addSpecialTokens);
}
