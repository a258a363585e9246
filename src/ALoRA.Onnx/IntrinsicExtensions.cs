using System.Text.Json.Nodes;

namespace ALoRA.Onnx;

/// <summary>Intrinsics on conversations.</summary>
public static class IntrinsicExtensions
{
    /// <summary>
    /// Runs an intrinsic. The part of its prompt that is in the conversation's KV
    /// cache is reused; the conversation is unchanged afterwards.
    /// </summary>
    /// <param name="conversation">The conversation whose KV cache is reused; it may be empty or have other content.</param>
    /// <param name="intrinsic">The intrinsic, of the conversation's model.</param>
    /// <param name="request">Messages, documents and arguments.</param>
    /// <param name="cancellationToken">Cancels between chunks and tokens, and within one as soon as ONNX Runtime can.</param>
    /// <exception cref="IntrinsicFormatException">
    /// The request does not fit the definition, or the answer does not fit its rules.
    /// </exception>
    /// <exception cref="SpecialTokenException">
    /// A role is no plain word, or a value spells out a special token that is to be refused.
    /// </exception>
    /// <exception cref="MissingInvocationException">The invocation should be in the prompt but is not.</exception>
    /// <exception cref="InvalidOperationException">
    /// The model has no chat template, the conversation runs under an adapter, or another operation is running.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The conversation or its model was disposed.</exception>
    public static Task<IntrinsicAnswer> InvokeAsync(
        this Conversation conversation, Intrinsic intrinsic, IntrinsicRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return conversation.InvokeAsync(intrinsic, request.ToJson(), request.Arguments, request.SpecialTokens, cancellationToken);
    }

    /// <summary>
    /// Runs an intrinsic on a chat request in OpenAI's form. The parameters of the request (<c>temperature</c>,
    /// <c>max_completion_tokens</c>, …) apply unless the definition overrides them.
    /// </summary>
    /// <inheritdoc cref="InvokeAsync(Conversation, Intrinsic, IntrinsicRequest, CancellationToken)"/>
    /// <param name="conversation">The conversation whose KV cache is reused; it may be empty or have other content.</param>
    /// <param name="intrinsic">The intrinsic, of the conversation's model.</param>
    /// <param name="chatRequest">The request; not modified. Special tokens that it spells out are text.</param>
    /// <param name="arguments">Values of the instruction's placeholders. The default is none.</param>
    /// <param name="cancellationToken">Cancels between chunks and tokens, and within one as soon as ONNX Runtime can.</param>
    public static Task<IntrinsicAnswer> InvokeAsync(
        this Conversation conversation, Intrinsic intrinsic, JsonObject chatRequest, JsonObject? arguments = null,
        CancellationToken cancellationToken = default) =>
        conversation.InvokeAsync(intrinsic, chatRequest, arguments, SpecialTokenHandling.AsText, cancellationToken);

    /// <inheritdoc cref="InvokeAsync(Conversation, Intrinsic, JsonObject, JsonObject?, CancellationToken)"/>
    /// <param name="conversation">The conversation whose KV cache is reused; it may be empty or have other content.</param>
    /// <param name="intrinsic">The intrinsic, of the conversation's model.</param>
    /// <param name="chatRequest">The request; not modified.</param>
    /// <param name="arguments">Values of the instruction's placeholders; null is none.</param>
    /// <param name="specialTokens">What becomes of special tokens that request and arguments spell out.</param>
    /// <param name="cancellationToken">Cancels between chunks and tokens, and within one as soon as ONNX Runtime can.</param>
    public static Task<IntrinsicAnswer> InvokeAsync(
        this Conversation conversation, Intrinsic intrinsic, JsonObject chatRequest, JsonObject? arguments,
        SpecialTokenHandling specialTokens, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(conversation);
        ArgumentNullException.ThrowIfNull(intrinsic);
        ArgumentNullException.ThrowIfNull(chatRequest);
        return new IntrinsicRunner(conversation, intrinsic).RunAsync(chatRequest, arguments, specialTokens, cancellationToken);
    }
}
