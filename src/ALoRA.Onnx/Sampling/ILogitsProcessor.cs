namespace ALoRA.Onnx;

/// <summary>
/// Changes the logits before a token is chosen; negative infinity forbids an id. See <see cref="GenerationOptions.LogitsProcessors"/>.
/// </summary>
/// <remarks>
/// One is made for each generation and called by one thread at a time, so that it may keep state. It is not disposed. An exception that
/// it throws ends the generation and reaches the caller; the tokens generated before stay in the conversation.
/// </remarks>
public interface ILogitsProcessor
{
    /// <summary>Changes the logits of one step. Not called where only one token is possible, as within a forced span.</summary>
    /// <param name="tokens">All ids so far, the prompt's first; longer by one or more at each call. Valid during the call.</param>
    /// <param name="logits">float32 <c>[vocab]</c>, owned by the generation; valid during the call.</param>
    void Process(ReadOnlySpan<int> tokens, Span<float> logits);
}
