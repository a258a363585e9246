namespace ALoRA.Onnx;

/// <summary>The certainty intrinsic on conversations.</summary>
public static class CertaintyExtensions
{
    /// <summary>Invokes an adapter that tells how certain the last answer is. The conversation is unchanged afterwards.</summary>
    /// <param name="conversation">
    /// A conversation that ends with the assistant's turn, as the chat template renders it without a generation prompt.
    /// </param>
    /// <param name="adapter">Name of an adapter that answers with one digit. The default value is <c>certainty</c>.</param>
    /// <param name="options">
    /// How the adapter is invoked; this method sets choices and token limit. A plain LoRA needs the invocation text of the aLoRA as
    /// <see cref="InvocationOptions.Instruction"/>.
    /// </param>
    /// <param name="cancellationToken">Cancels the invocation.</param>
    /// <inheritdoc cref="Conversation.InvokeAsync"/>
    public static async Task<Certainty> InvokeCertaintyAsync(
        this Conversation conversation, string adapter = "certainty", InvocationOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(conversation);
        options ??= new InvocationOptions();
        options = options with { Choices = Certainty.Digits, Generation = options.Generation with { MaxNewTokens = 1 } };
        return Certainty.From(await conversation.InvokeAsync(adapter, options, cancellationToken).ConfigureAwait(false));
    }
}
