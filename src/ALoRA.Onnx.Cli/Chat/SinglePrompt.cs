namespace ALoRA.Onnx.Cli.Chat;

/// <summary>One prompt: as a user's message through the chat template, or as the whole text.</summary>
internal sealed class SinglePrompt : IDisposable
{
    private readonly Conversation _conversation;
    private readonly List<PromptMessage> _messages;
    private readonly string? _raw;

    public SinglePrompt(AloraModel model, string prompt, string? system, bool raw)
    {
        _conversation = model.CreateConversation();
        _raw = raw ? prompt : null;
        _messages = system is null
            ? [new PromptMessage("user", prompt)]
            : [new PromptMessage("system", system), new PromptMessage("user", prompt)];
    }

    /// <summary>Answers the prompt with the base or under an adapter.</summary>
    public async Task<ChatAnswer> AnswerAsync(
        GenerationOptions options, string? adapter, Func<string, Task> write, CancellationToken cancellationToken)
    {
        TokenUsage prefill = await PromptAsync(new PromptOptions { Adapter = adapter }, cancellationToken);
        return await AnswerStream.ReadAsync(_conversation, options, prefill, write, cancellationToken);
    }

    /// <summary>Asks adapters about the prompt, or about the answer if there is one; several at once.</summary>
    public async Task<IReadOnlyList<IntrinsicResult>> InvokeAsync(
        IReadOnlyList<string> adapters, string? instruction, ChatAnswer? answer, CancellationToken cancellationToken)
    {
        if (_raw is null || answer is null)
        {
            if (answer is not null)
            {
                _messages.Add(new PromptMessage("assistant", answer.Text));
            }

            await PromptAsync(new PromptOptions { AddGenerationPrompt = false }, cancellationToken);
        }

        InvocationOptions options = new() { Instruction = instruction };
        return adapters is [var only]
            ? [await _conversation.InvokeAsync(only, options, cancellationToken)]
            : await _conversation.InvokeAllAsync(
                [.. adapters.Select(adapter => new AdapterInvocation(adapter, options))], cancellationToken);
    }

    public void Dispose() => _conversation.Dispose();

    private Task<TokenUsage> PromptAsync(PromptOptions options, CancellationToken cancellationToken) => _raw is null
        ? _conversation.PromptAsync(_messages, options, cancellationToken)
        : _conversation.PromptAsync(_conversation.Model.Tokenizer.Encode(_raw, addSpecialTokens: true), options, cancellationToken);
}
