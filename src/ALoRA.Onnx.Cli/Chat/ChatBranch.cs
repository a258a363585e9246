namespace ALoRA.Onnx.Cli.Chat;

/// <summary>A conversation as messages and as tokens with their cache, kept in step.</summary>
internal sealed class ChatBranch : IDisposable
{
    private readonly Conversation _conversation;
    private readonly List<PromptMessage> _messages;
    private readonly Stack<(int Messages, int Tokens)> _turns;

    public ChatBranch(AloraModel model, string? system)
        : this(model.CreateConversation(), system is null ? [] : [new PromptMessage("system", system)], [])
    {
    }

    private ChatBranch(Conversation conversation, List<PromptMessage> messages, Stack<(int Messages, int Tokens)> turns)
    {
        _conversation = conversation;
        _messages = messages;
        _turns = turns;
    }

    /// <summary>Questions that were answered.</summary>
    public int Turns => _turns.Count;

    /// <summary>Asks, streams the answer to <paramref name="write"/>, and keeps both.</summary>
    public async Task<ChatAnswer> AskAsync(
        string question, GenerationOptions options, Func<string, Task> write, CancellationToken cancellationToken)
    {
        (int Messages, int Tokens) before = (_messages.Count, _conversation.Length);
        _messages.Add(new PromptMessage("user", question));
        try
        {
            TokenUsage prefill = await _conversation.PromptAsync(_messages, cancellationToken: cancellationToken);
            ChatAnswer answer = await AnswerStream.ReadAsync(_conversation, options, prefill, write, cancellationToken);
            _messages.Add(new PromptMessage("assistant", answer.Text));
            _turns.Push(before);
            return answer;
        }
        catch
        {
            _messages.RemoveRange(before.Messages, _messages.Count - before.Messages);
            throw;
        }
    }

    /// <summary>Asks an adapter about the conversation so far; nothing of that stays in it.</summary>
    public async Task<IntrinsicResult> InvokeAsync(string adapter, InvocationOptions options, CancellationToken cancellationToken)
    {
        await CloseLastTurnAsync(cancellationToken);
        return await _conversation.InvokeAsync(adapter, options, cancellationToken);
    }

    /// <summary>Asks an adapter that answers with a digit how sure the last answer is.</summary>
    public async Task<Certainty> InvokeCertaintyAsync(string adapter, CancellationToken cancellationToken)
    {
        await CloseLastTurnAsync(cancellationToken);
        return await _conversation.InvokeCertaintyAsync(adapter, cancellationToken: cancellationToken);
    }

    /// <summary>Takes back the last question and its answer.</summary>
    public void Rewind()
    {
        (int messages, int tokens) = _turns.Pop();
        _messages.RemoveRange(messages, _messages.Count - messages);
        _conversation.Rewind(Math.Min(tokens, _conversation.Length));
    }

    /// <summary>A branch of its own with the same content.</summary>
    public ChatBranch Fork() => new(_conversation.Fork(), [.. _messages], new Stack<(int Messages, int Tokens)>(_turns.Reverse()));

    public void Dispose() => _conversation.Dispose();

    // Intrinsics judge a finished turn: the prompt without the opening of another answer.
    private Task<TokenUsage> CloseLastTurnAsync(CancellationToken cancellationToken) =>
        _conversation.PromptAsync(_messages, new PromptOptions { AddGenerationPrompt = false }, cancellationToken);
}
