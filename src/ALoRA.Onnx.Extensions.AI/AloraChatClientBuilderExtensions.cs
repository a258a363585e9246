using System.Text.Json.Nodes;
using ALoRA.Onnx;
using ALoRA.Onnx.Extensions.AI;
using ALoRA.Onnx.Extensions.AI.Intrinsics;

#pragma warning disable IDE0130 // Where whoever builds a pipeline finds it.
namespace Microsoft.Extensions.AI;
#pragma warning restore IDE0130

/// <summary>Adds intrinsics to a pipeline of chat clients that ends in an <see cref="AloraChatClient"/>.</summary>
/// <remarks>
/// Intrinsics run on the KV cache of the answer, at the cost of a few tokens. They may be anywhere in the pipeline: outside of
/// <c>UseFunctionInvocation()</c> they judge the final answer with all calls and results before it, inside of it each answer of the model
/// that calls no tool. A response cache outside of them stores their results with the answer (its serializer needs
/// <see cref="AloraJsonUtilities.DefaultOptions"/> without reflection); for one inside of them, a cached answer is computed again to be
/// judged.
/// </remarks>
public static class AloraChatClientBuilderExtensions
{
    /// <summary>
    /// Adds to each answer how certain it is; see <see cref="ALoRA.Onnx.Extensions.AI.ChatResponseExtensions.GetCertainty(ChatResponse)"/>.
    /// </summary>
    /// <param name="builder">The pipeline.</param>
    /// <param name="adapter">Name of an adapter that answers with one digit. The default value is <c>certainty</c>.</param>
    /// <param name="options">How it is invoked; null appends the adapter's invocation tokens.</param>
    /// <returns>
    /// The same pipeline. Building it throws <see cref="InvalidOperationException"/> if there is no <see cref="AloraChatClient"/> in it.
    /// </returns>
    public static ChatClientBuilder UseCertainty(
        this ChatClientBuilder builder, string adapter = "certainty", InvocationOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(adapter);
        return builder.UseIntrinsic(new ChatIntrinsic<Certainty>
        {
            Name = adapter,
            Key = AloraChatKeys.Certainty,
            Invoke = (chat, cancellationToken) => chat.Conversation.InvokeCertaintyAsync(adapter, options, cancellationToken),
        });
    }

    /// <summary>
    /// Invokes an adapter on each answer, as its <c>io.yaml</c> or its manifest defines; see
    /// <see cref="ALoRA.Onnx.Extensions.AI.ChatResponseExtensions.GetIntrinsic{T}(ChatResponse, string)"/>
    /// with <see cref="IntrinsicAnswer"/>.
    /// </summary>
    /// <param name="builder">The pipeline.</param>
    /// <param name="adapter">Name of the adapter.</param>
    /// <param name="arguments">
    /// Values of the placeholders in its instruction, such as <c>requirement</c>; not modified. The default, null, is none.
    /// </param>
    /// <inheritdoc cref="UseCertainty"/>
    public static ChatClientBuilder UseIntrinsic(this ChatClientBuilder builder, string adapter, JsonObject? arguments = null) =>
        builder.UseIntrinsic(Adapter(adapter, arguments));

    /// <summary>
    /// Invokes an adapter before each answer. If it objects, a refusal is the answer, with <see cref="ChatFinishReason.ContentFilter"/>.
    /// </summary>
    /// <param name="builder">The pipeline.</param>
    /// <param name="adapter">Name of the adapter.</param>
    /// <param name="objects">Whether the adapter's answer is an objection.</param>
    /// <param name="refusal">Text of the refusal.</param>
    /// <param name="arguments">Values of the placeholders in its instruction; not modified. The default, null, is none.</param>
    /// <inheritdoc cref="UseCertainty"/>
    public static ChatClientBuilder UseGuard(
        this ChatClientBuilder builder, string adapter, Func<IntrinsicAnswer, bool> objects, string refusal, JsonObject? arguments = null)
    {
        ArgumentNullException.ThrowIfNull(objects);
        ArgumentNullException.ThrowIfNull(refusal);
        return builder.UseIntrinsic(Adapter(adapter, arguments) with
        {
            Stage = ChatIntrinsicStage.BeforeAnswer,
            Refuse = answer => objects(answer) ? refusal : null,
        });
    }

    /// <summary>Runs an intrinsic with each request.</summary>
    /// <param name="builder">The pipeline.</param>
    /// <param name="intrinsic">The intrinsic, when it runs, and what its result means.</param>
    /// <typeparam name="T">Type of its result.</typeparam>
    /// <inheritdoc cref="UseCertainty"/>
    public static ChatClientBuilder UseIntrinsic<T>(this ChatClientBuilder builder, ChatIntrinsic<T> intrinsic)
        where T : notnull
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(intrinsic);
        ArgumentException.ThrowIfNullOrEmpty(intrinsic.Name, nameof(intrinsic));
        return builder.Use(inner => new IntrinsicChatClient<T>(inner, ClientIn(inner, intrinsic.Name), intrinsic));
    }

    private static AloraChatClient ClientIn(IChatClient inner, string intrinsic) => inner.GetService<AloraChatClient>()
        ?? throw new InvalidOperationException(
            $"The intrinsic '{intrinsic}' is asked on the KV cache of an {nameof(AloraChatClient)}, but there is none further in. "
            + "Build the pipeline on one.");

    private static ChatIntrinsic<IntrinsicAnswer> Adapter(string adapter, JsonObject? arguments)
    {
        ArgumentException.ThrowIfNullOrEmpty(adapter);
        return new ChatIntrinsic<IntrinsicAnswer>
        {
            Name = adapter,
            Invoke = (chat, cancellationToken) => chat.Conversation.InvokeAsync(
                chat.Conversation.Model.OpenIntrinsic(adapter), chat.ToRequest(arguments), cancellationToken),
        };
    }
}
