using System.Text.Json.Nodes;
using ALoRA.Onnx;
using ALoRA.Onnx.Extensions.AI;
using ALoRA.Onnx.Extensions.AI.Intrinsics;

#pragma warning disable IDE0130 // Where whoever builds a pipeline finds it.
namespace Microsoft.Extensions.AI;
#pragma warning restore IDE0130

/// <summary>Intrinsics in a pipeline of chat clients that ends in an <see cref="AloraChatClient"/>.</summary>
/// <remarks>
/// They are asked on the KV cache that the answer left, at the cost of a few tokens. They may stand anywhere in the pipeline: outside of
/// <c>UseFunctionInvocation()</c> they judge the final answer with all calls and results before it, inside of it each answer of the model
/// that calls no tool. A cache outside of them keeps their results along with the answer (<see cref="AloraJsonUtilities.DefaultOptions"/>
/// for its serializer where there is no reflection); inside of them, a cached answer is computed once more to be judged.
/// </remarks>
public static class AloraChatClientBuilderExtensions
{
    /// <summary>
    /// Says with each answer how sure it is; see <see cref="ALoRA.Onnx.Extensions.AI.ChatResponseExtensions.GetCertainty(ChatResponse)"/>.
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
    /// Asks an adapter about each answer, as its <c>io.yaml</c> or its manifest says; see
    /// <see cref="ALoRA.Onnx.Extensions.AI.ChatResponseExtensions.GetIntrinsic{T}(ChatResponse, string)"/>
    /// with <see cref="IntrinsicAnswer"/>.
    /// </summary>
    /// <param name="builder">The pipeline.</param>
    /// <param name="adapter">Name of the adapter.</param>
    /// <param name="arguments">
    /// Values for the places of its instruction, such as <c>requirement</c>; not changed. The default, null, is none.
    /// </param>
    /// <inheritdoc cref="UseCertainty"/>
    public static ChatClientBuilder UseIntrinsic(this ChatClientBuilder builder, string adapter, JsonObject? arguments = null) =>
        builder.UseIntrinsic(Adapter(adapter, arguments));

    /// <summary>
    /// Asks an adapter before each answer, and answers in place of the model where it
    /// objects, with <see cref="ChatFinishReason.ContentFilter"/>.
    /// </summary>
    /// <param name="builder">The pipeline.</param>
    /// <param name="adapter">Name of the adapter.</param>
    /// <param name="objects">Whether its answer is an objection.</param>
    /// <param name="refusal">What is answered then.</param>
    /// <param name="arguments">Values for the places of its instruction; not changed. The default, null, is none.</param>
    /// <inheritdoc cref="UseCertainty"/>
    public static ChatClientBuilder UseGuard(
        this ChatClientBuilder builder, string adapter, Func<IntrinsicAnswer, bool> objects, string refusal, JsonObject? arguments = null)
    {
        ArgumentNullException.ThrowIfNull(objects);
        ArgumentNullException.ThrowIfNull(refusal);
        return builder.UseIntrinsic(Adapter(adapter, arguments) with {
            Stage = ChatIntrinsicStage.BeforeAnswer, Refuse = answer => objects(answer) ? refusal : null });
    }

    /// <summary>Asks any intrinsic with each request.</summary>
    /// <param name="builder">The pipeline.</param>
    /// <param name="intrinsic">What is asked, when, and what its answer means.</param>
    /// <typeparam name="T">What it answers.</typeparam>
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
