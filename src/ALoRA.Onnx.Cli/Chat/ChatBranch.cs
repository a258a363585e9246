using System.Text;

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

    /// <summary>Tokens of it.</summary>
    public int Length => _conversation.Length;

    /// <summary>What was said, the system message first if there is one.</summary>
    public IReadOnlyList<PromptMessage> Messages => _messages;

    /// <summary>
    /// Asks, streams the answer to <paramref name="write"/>, and keeps both; of an answer that is stopped, what there is.
    /// </summary>
    /// <exception cref="OperationCanceledException">It was stopped before the answer began, or cancelled. Nothing is kept.</exception>
    public async Task<ChatAnswer> AskAsync(
        string question, GenerationOptions options, Func<string, Task> write, CancellationToken stop, CancellationToken cancellationToken)
    {
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(stop, cancellationToken);
        StringBuilder written = new();
        (int Messages, int Tokens) before = (_messages.Count, _conversation.Length);
        _messages.Add(new PromptMessage("user", question));
        try
        {
            TokenUsage prefill = await _conversation.PromptAsync(_messages, cancellationToken: either.Token);
            ChatAnswer answer;
            try
            {
                answer = await AnswerStream.ReadAsync(_conversation, options, prefill, WriteAsync, either.Token);
            }
            catch (OperationCanceledException) when (written.Length > 0 && !cancellationToken.IsCancellationRequested)
            {
                answer = new ChatAnswer(written.ToString(), FinishReason.MaxNewTokens, prefill, new TokenUsage()) { IsStopped = true };
            }

            _messages.Add(new PromptMessage("assistant", answer.Text));
            _turns.Push(before);
            return answer;
        }
        catch
        {
            _messages.RemoveRange(before.Messages, _messages.Count - before.Messages);
            throw;
        }

        Task WriteAsync(string text)
        {
            written.Append(text);
            return write(text);
        }
    }

    /// <summary>Asks several adapters at once about the conversation so far; nothing of that stays in it.</summary>
    public async Task<IReadOnlyList<IntrinsicResult>> InvokeAllAsync(IReadOnlyList<string> adapters, CancellationToken cancellationToken)
    {
        await CloseLastTurnAsync(cancellationToken);
        return adapters is [var only]
            ? [await _conversation.InvokeAsync(only, new InvocationOptions(), cancellationToken)]
            : await _conversation.InvokeAllAsync(
                [.. adapters.Select(adapter => new AdapterInvocation(adapter, new InvocationOptions()))], cancellationToken);
    }

    /// <summary>Replaces everything that was said. It is computed with the next question.</summary>
    public void Replace(IReadOnlyList<PromptMessage> messages)
    {
        _conversation.Rewind(0);
        _messages.Clear();
        _turns.Clear();
        foreach (PromptMessage message in messages)
        {
            if (message.Role == "user")
            {
                _turns.Push((_messages.Count, 0));
            }

            _messages.Add(message);
        }
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
