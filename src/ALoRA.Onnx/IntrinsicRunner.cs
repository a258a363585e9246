using System.Text.Json.Nodes;
using ALoRA.Onnx.Intrinsics.Running;

namespace ALoRA.Onnx;

/// <summary>
/// The walk of an intrinsic: request rewritten, rendered, encoded, adapter invoked on what the conversation has of it, answer transformed.
/// </summary>
internal sealed class IntrinsicRunner(Conversation conversation, Intrinsic intrinsic)
{
    /// <summary>Runs the intrinsic on a chat request.</summary>
    public async Task<IntrinsicAnswer> RunAsync(
        JsonObject request, JsonObject? arguments, SpecialTokenHandling specialTokens, CancellationToken cancellationToken)
    {
        // Long requests take a while before anything is computed.
        PreparedIntrinsic prepared = await Task.Run(
            () => PreparedIntrinsic.Prepare(
                conversation.Model.Loaded, intrinsic, request, arguments, specialTokens, conversation.MaxLength, cancellationToken),
            cancellationToken).ConfigureAwait(false);
        IntrinsicResult run = await conversation.InvokePromptAsync(intrinsic.Name, prepared.Prompt, prepared.Options, cancellationToken)
            .ConfigureAwait(false);
        return prepared.Complete(run);
    }
}
