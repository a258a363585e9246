using System.Text.Json.Nodes;

namespace ALoRA.Onnx;

/// <summary>Intrinsics on conversations.</summary>
public static class IntrinsicExtensions
{
    /// <summary>
    /// Runs an intrinsic. What the conversation has of its prompt is not computed again, and the conversation is as it was afterwards.
    /// </summary>
    /// <param name="conversation">A conversation whose cache is used; it may be empty or about something else.</param>
    /// <param name="intrinsic">The intrinsic, of the conversation's model.</param>
    /// <param name="request">Messages, documents and arguments.</param>
    /// <param name="cancellationToken">Cancels between chunks and tokens, and within one as soon as ONNX Runtime can.</param>
    /// <exception cref="IntrinsicFormatException">
    /// The request does not fit the definition, or the answer does not fit its rules.
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
        return conversation.InvokeAsync(intrinsic, request.ToJson(), request.Arguments, cancellationToken);
    }

    /// <summary>
    /// Runs an intrinsic on a chat request in OpenAI's form, whose parameters (<c>temperature</c>,
    /// <c>max_completion_tokens</c>, …) count unless the definition sets others.
    /// </summary>
    /// <inheritdoc cref="InvokeAsync(Conversation, Intrinsic, IntrinsicRequest, CancellationToken)"/>
    /// <param name="conversation">A conversation whose cache is used; it may be empty or about something else.</param>
    /// <param name="intrinsic">The intrinsic, of the conversation's model.</param>
    /// <param name="chatRequest">The request; not changed.</param>
    /// <param name="arguments">Values for the places of the instruction. Default none.</param>
    /// <param name="cancellationToken">Cancels between chunks and tokens, and within one as soon as ONNX Runtime can.</param>
    public static Task<IntrinsicAnswer> InvokeAsync(
        this Conversation conversation, Intrinsic intrinsic, JsonObject chatRequest, JsonObject? arguments = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(conversation);
        ArgumentNullException.ThrowIfNull(intrinsic);
        ArgumentNullException.ThrowIfNull(chatRequest);
        return new IntrinsicRunner(conversation, intrinsic).RunAsync(chatRequest, arguments, cancellationToken);
    }
}
