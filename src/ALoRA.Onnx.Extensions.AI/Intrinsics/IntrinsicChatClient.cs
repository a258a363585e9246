using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace ALoRA.Onnx.Extensions.AI.Intrinsics;

/// <summary>Asks an intrinsic with every request, and puts its result into the response. As thread-safe as what it asks.</summary>
internal sealed class IntrinsicChatClient<T> : DelegatingChatClient
    where T : notnull
{
    private readonly IConversationLender _lender;
    private readonly ChatIntrinsic<T> _intrinsic;

    public IntrinsicChatClient(IChatClient innerClient, IConversationLender lender, ChatIntrinsic<T> intrinsic)
        : base(innerClient)
    {
        _lender = lender;
        _intrinsic = intrinsic;
    }

    public override async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        ChatMessage[] chat = [.. messages];
        T? before = default;
        if (_intrinsic.Stage == ChatIntrinsicStage.BeforeAnswer)
        {
            before = await AskAsync(chat, options, cancellationToken).ConfigureAwait(false);
            if (_intrinsic.Refuse?.Invoke(before) is string refusal)
            {
                ChatResponseUpdate refused = Refusal(refusal, options);
                return new[] { refused, Result(refused.ResponseId, refused.ConversationId, before) }.ToChatResponse();
            }
        }

        ChatResponse response = await base.GetResponseAsync(chat, options, cancellationToken).ConfigureAwait(false);
        if (_intrinsic.Stage == ChatIntrinsicStage.BeforeAnswer)
        {
            (response.AdditionalProperties ??= [])[_intrinsic.Key] = before;
        }
        else if (IsAnswer(response))
        {
            (response.AdditionalProperties ??= [])[_intrinsic.Key] =
                await AskAboutAsync(chat, response, options, cancellationToken).ConfigureAwait(false);
        }

        return response;
    }

    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        ChatMessage[] chat = [.. messages];
        T? result = default;
        if (_intrinsic.Stage == ChatIntrinsicStage.BeforeAnswer)
        {
            result = await AskAsync(chat, options, cancellationToken).ConfigureAwait(false);
            if (_intrinsic.Refuse?.Invoke(result) is string refusal)
            {
                ChatResponseUpdate refused = Refusal(refusal, options);
                yield return refused;
                yield return Result(refused.ResponseId, refused.ConversationId, result);
                yield break;
            }
        }

        List<ChatResponseUpdate> updates = [];
        await foreach (ChatResponseUpdate update in base.GetStreamingResponseAsync(chat, options, cancellationToken).ConfigureAwait(false))
        {
            updates.Add(update);
            yield return update;
        }

        ChatResponse response = updates.ToChatResponse();
        if (_intrinsic.Stage == ChatIntrinsicStage.AfterAnswer)
        {
            if (!IsAnswer(response))
            {
                yield break;
            }

            result = await AskAboutAsync(chat, response, options, cancellationToken).ConfigureAwait(false);
        }

        yield return Result(response.ResponseId, response.ConversationId, result!);
    }

    // Calls are no answer yet, and what a guard says is not the model's.
    private static bool IsAnswer(ChatResponse response) =>
        response.Messages.Count > 0
            && response.FinishReason != ChatFinishReason.ToolCalls
            && response.FinishReason != ChatFinishReason.ContentFilter;

    private Task<T> AskAsync(IEnumerable<ChatMessage> chat, ChatOptions? options, CancellationToken cancellationToken) =>
        _lender.UseConversationAsync(chat, _intrinsic.Invoke, options, cancellationToken);

    private Task<T> AskAboutAsync(ChatMessage[] chat, ChatResponse response, ChatOptions? options, CancellationToken cancellationToken) =>
        AskAsync(options?.ConversationId is null ? [.. chat, .. response.Messages] : [], options, cancellationToken);

    // Without a message's id, so that it belongs to the response and not to its last message.
    private ChatResponseUpdate Result(string? responseId, string? conversationId, T result) => new()
    {
        ResponseId = responseId,
        ConversationId = conversationId,
        ModelId = _lender.ModelName,
        AdditionalProperties = new() { [_intrinsic.Key] = result },
    };

    private ChatResponseUpdate Refusal(string text, ChatOptions? options)
    {
        string id = $"alora-{Guid.NewGuid():N}";
        return new(ChatRole.Assistant, text)
        {
            ResponseId = id,
            MessageId = id,
            ConversationId = options?.ConversationId,
            ModelId = _lender.ModelName,
            FinishReason = ChatFinishReason.ContentFilter,
        };
    }
}
