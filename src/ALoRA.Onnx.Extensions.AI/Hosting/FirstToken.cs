namespace ALoRA.Onnx.Extensions.AI.Hosting;

/// <summary>The shortest run of a model: shows that it computes, and has everything loaded afterwards.</summary>
internal static class FirstToken
{
    private static readonly int[] AnyToken = [0];

    public static async Task ComputeAsync(AloraModel model, CancellationToken cancellationToken)
    {
        using Conversation conversation = model.CreateConversation();
        await conversation.ForwardAsync(AnyToken, cancellationToken: cancellationToken).ConfigureAwait(false);
    }
}
