namespace ALoRA.Onnx;

/// <summary>
/// Samples tokens in place of temperature, top-k, top-p, min-p and the built-in draw. See <see cref="GenerationOptions.Sampler"/>.
/// </summary>
/// <remarks>
/// One is made for each generation and called by one thread at a time, so that it may keep state. It is not disposed. An exception that
/// it throws ends the generation and reaches the caller; the tokens generated before stay in the conversation.
/// </remarks>
public interface ITokenSampler
{
    /// <summary>Chooses the next token. Not called where only one token is possible, as within a forced span.</summary>
    /// <param name="tokens">All ids so far, the prompt's first; longer by one or more at each call. Valid during the call.</param>
    /// <param name="logits">
    /// float32 <c>[vocab]</c> after all processors and the constraint; at least one is finite. Valid during the call.
    /// </param>
    /// <returns>
    /// An id whose logit is not negative infinity; anything else ends the generation with an <see cref="InvalidOperationException"/>.
    /// </returns>
    int Sample(ReadOnlySpan<int> tokens, ReadOnlySpan<float> logits);
}
