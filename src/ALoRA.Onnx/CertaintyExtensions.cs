namespace ALoRA.Onnx;

/// <summary>The certainty intrinsic on conversations.</summary>
public static class CertaintyExtensions
{
    /// <summary>Asks an adapter how sure the last answer of a conversation is. The conversation is as it was afterwards.</summary>
    /// <param name="conversation">
    /// A conversation that ends with the answer's turn, as the template renders it without a generation prompt.
    /// </param>
    /// <param name="adapter">Name of an adapter that answers with one digit. The default value is <c>certainty</c>.</param>
    /// <param name="options">
    /// How it is invoked; its choices and its token limit are set here.
    /// A plain LoRA needs the text that the aLoRA has as invocation as <see cref="InvocationOptions.Instruction"/>.
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
