using System.Diagnostics;
using System.Runtime.CompilerServices;
using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Invocations;
using ALoRA.Onnx.Sampling;
using ALoRA.Onnx.Saving;

namespace ALoRA.Onnx;

/// <summary>
/// A sequence of tokens with its KV cache: prefills prompts, generates answers, and invokes adapters on what is in the cache.
/// </summary>
/// <remarks>
/// <para>
/// A conversation runs one operation at a time: starting a second one before the first has ended throws
/// <see cref="InvalidOperationException"/>. Different conversations of one model may run at the same time.
/// Whoever creates or forks a conversation disposes it; if an operation is running then, the memory is freed when it ends.
/// </para>
/// <para>
/// A conversation stays usable after an operation was cancelled or failed. <see cref="AppendAsync"/>, <see cref="ForwardAsync"/> and
/// <see cref="InvokeAsync"/> leave it unchanged, a prompt keeps the chunks of the base, and a generation keeps the generated tokens.
/// </para>
/// </remarks>
public sealed class Conversation : IDisposable
{
    private readonly UseGate _gate = new();
    private readonly Sequence _sequence;

    internal Conversation(AloraModel model, Sequence sequence) => (Model, _sequence) = (model, sequence);

    /// <summary>The model. The conversation does not own it.</summary>
    public AloraModel Model { get; }

    private LoadedModel Loaded => Model.Loaded;

    /// <summary>
    /// All token ids, of prompts and answers. A live view: it changes with the conversation and must not be read during an operation.
    /// </summary>
    public IReadOnlyList<int> Tokens => _sequence.Tokens;

    /// <summary>Number of tokens in the conversation.</summary>
    public int Length => _sequence.Length;

    /// <summary>Number of tokens that the KV cache holds before it has to grow.</summary>
    internal int Capacity => _sequence.Cache.Capacity;

    /// <summary>
    /// Largest number of tokens: the model's context length, or <see cref="AloraModelOptions.MaxContextLength"/> if that is shorter.
    /// </summary>
    public int MaxLength => _sequence.MaxLength;

    /// <summary>Size of the KV cache in bytes; of a fork with all that it has in common with others, which is in memory once.</summary>
    public long CacheBytes => _sequence.Cache.Bytes;

    /// <summary>
    /// Name of the adapter that a prompt or <see cref="ForwardAsync"/> has activated and that computes new tokens;
    /// null for the base model.
    /// </summary>
    public string? Adapter => _sequence.Activation.Adapter?.Name;

    /// <summary>For whom it computes; see <see cref="PromptOptions.CacheScope"/>. Null for none.</summary>
    public string? CacheScope => _sequence.CacheScope;

    /// <summary>Appends tokens and prefills them with the base model, in chunks.</summary>
    /// <param name="tokens">Ids of the model's vocabulary.</param>
    /// <param name="cancellationToken">
    /// Cancels between chunks, and within one as soon as ONNX Runtime can; the conversation is then unchanged.
    /// </param>
    /// <exception cref="ArgumentException">An id is not in the vocabulary, or the tokens do not fit into the context.</exception>
    /// <exception cref="InvalidOperationException">An adapter is active, or another operation is running.</exception>
    /// <exception cref="ObjectDisposedException">The conversation or its model was disposed.</exception>
    public Task<TokenUsage> AppendAsync(ReadOnlyMemory<int> tokens, CancellationToken cancellationToken = default) =>
        RunAsync(
            "alora.append", adapter: null, usage => usage, () => Prefill.Append(_sequence, tokens.Span, cancellationToken),
            cancellationToken);

    /// <summary>
    /// Replaces the content of the conversation by messages: renders them with the model's chat template, tokenizes the text,
    /// keeps the longest prefix that is already in the cache, and prefills the rest in chunks.
    /// </summary>
    /// <param name="messages">All messages, oldest first, including the model's answers.</param>
    /// <param name="options">Generation prompt, template variables and adapter; null is all defaults.</param>
    /// <param name="cancellationToken">
    /// Cancels between chunks, and within one as soon as ONNX Runtime can; chunks of the base stay and are reused by the next prompt.
    /// </param>
    /// <returns>
    /// Reused and computed tokens. At least one is computed unless the conversation already ended with exactly this prompt.
    /// </returns>
    /// <exception cref="ArgumentException">
    /// The template gives no text, the prompt does not fit into the context, or there is no such adapter.
    /// </exception>
    /// <exception cref="SpecialTokenException">
    /// A role is no plain word, or a message spells out a special token; see <see cref="PromptOptions.SpecialTokens"/>.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// The model has no chat template, the adapter's weights overflow, or another operation is running.
    /// </exception>
    /// <exception cref="TemplateException">The template raised an error of its own, failed, or reached a limit.</exception>
    /// <exception cref="ModelFormatException">The model has no tokenizer.</exception>
    /// <exception cref="MissingInvocationException">The adapter is an aLoRA, and at most messages spell its invocation.</exception>
    /// <exception cref="ObjectDisposedException">The conversation or its model was disposed.</exception>
    public Task<TokenUsage> PromptAsync(
        IReadOnlyList<PromptMessage> messages, PromptOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        options ??= new PromptOptions();
        return RunAsync(
            "alora.prompt", options.Adapter, usage => usage,
            () => TrustedInvocation.Replace(Loaded, _sequence, messages, options, cancellationToken), cancellationToken);
    }

    /// <summary>Replaces the content as with ids, but an invocation that only values of the prompt spell invokes nothing.</summary>
    /// <param name="prompt">The prompt, of the model's <see cref="AloraModel.PromptEncoder"/>.</param>
    /// <param name="options">The adapter; null is the base model. Options about the chat template are ignored.</param>
    /// <param name="cancellationToken">Cancels between chunks, and within one as soon as ONNX Runtime can.</param>
    /// <inheritdoc cref="PromptAsync(ReadOnlyMemory{int}, PromptOptions?, CancellationToken)"/>
    public Task<TokenUsage> PromptAsync(EncodedPrompt prompt, PromptOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        options ??= new PromptOptions();
        return RunAsync(
            "alora.prompt", options.Adapter, usage => usage,
            () => TrustedInvocation.Replace(Loaded, _sequence, prompt, options, cancellationToken), cancellationToken);
    }

    /// <summary>
    /// Replaces the content of the conversation by tokens: keeps the longest prefix that is already in the cache, rewinds to it,
    /// and prefills the rest in chunks.
    /// </summary>
    /// <param name="tokens">The whole prompt, at least one id. Special tokens and invocations count wherever they stand.</param>
    /// <param name="options">The adapter; null is the base model. Options about the chat template are ignored.</param>
    /// <param name="cancellationToken">
    /// Cancels between chunks, and within one as soon as ONNX Runtime can; chunks of the base stay and are reused by the next prompt.
    /// </param>
    /// <returns>
    /// Reused and computed tokens. At least one is computed unless the conversation already ended with exactly this prompt.
    /// </returns>
    /// <exception cref="ArgumentException">
    /// There is no token, an id is not in the vocabulary, the prompt does not fit into the context, or there is no such adapter.
    /// </exception>
    /// <exception cref="MissingInvocationException">The adapter is an aLoRA and its invocation tokens are not in the prompt.</exception>
    /// <inheritdoc cref="AppendAsync"/>
    public Task<TokenUsage> PromptAsync(
        ReadOnlyMemory<int> tokens, PromptOptions? options = null, CancellationToken cancellationToken = default) =>
        RunAsync(
            "alora.prompt", options?.Adapter, usage => usage,
            () => Prefill.Replace(Loaded, _sequence, tokens.Span, options ?? new PromptOptions(), cancellationToken), cancellationToken);

    /// <summary>
    /// Appends tokens, computes them with the base model or an adapter, and returns logits.
    /// The adapter stays active until the conversation is rewound to its first adapted token or before.
    /// </summary>
    /// <param name="tokens">At least one id.</param>
    /// <param name="options">
    /// The adapter, its first token, and the positions whose logits are returned; null is the base model and the last position.
    /// </param>
    /// <param name="cancellationToken">
    /// Cancels between chunks, and within one as soon as ONNX Runtime can; the conversation is then unchanged.
    /// </param>
    /// <exception cref="ArgumentException">
    /// There is no token, an id or position is out of range, the tokens do not fit into the context, or there is no such adapter.
    /// </exception>
    /// <exception cref="MissingInvocationException">
    /// The adapter is an aLoRA and its invocation tokens are not among the appended tokens.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// Another adapter is active, or the adapter is a plain LoRA and the conversation has tokens that the base model computed,
    /// the adapter's weights overflow, or another operation is running.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The conversation or its model was disposed.</exception>
    public Task<Logits> ForwardAsync(
        ReadOnlyMemory<int> tokens, ForwardOptions? options = null, CancellationToken cancellationToken = default) =>
        RunAsync("alora.forward", options?.Adapter, logits => logits.Usage, () =>
            new ForwardPass(Loaded, _sequence).Run(tokens.Span, options ?? new ForwardOptions(), cancellationToken), cancellationToken);

    /// <summary>
    /// Generates tokens one by one at the end of the conversation, with the active adapter or the base model.
    /// A token is part of the conversation by the time it is returned.
    /// </summary>
    /// <param name="options">How tokens are sampled and when to stop; null is the model's own defaults.</param>
    /// <param name="cancellationToken">
    /// Cancels between tokens, and within one as soon as ONNX Runtime can; the tokens generated so far stay.
    /// </param>
    /// <returns>
    /// The stream of tokens; the last one carries finish reason and usage.
    /// An unfinished enumeration must be disposed before the next operation, as <c>await foreach</c> does.
    /// </returns>
    /// <exception cref="ArgumentException">
    /// An option is out of range, or a choice of the constraint begins with a space that the tokenizer would not decode.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// The conversation is empty or full, the logits are not numbers, stop strings or a constraint are given without a tokenizer,
    /// the vocabulary can't spell what the constraint requires, or another operation is running.
    /// </exception>
    /// <exception cref="NotSupportedException">
    /// A constraint is given, but the tokenizer's decoder does more than concatenate the bytes of the tokens.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The conversation or its model was disposed.</exception>
    public async IAsyncEnumerable<GeneratedToken> GenerateAsync(
        GenerationOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using SequenceUse use = Enter();
        using Activity? activity = AloraDiagnostics.Start("alora.generate", Adapter);
        using TextGenerator generator = Loaded.CreateGenerator(_sequence, options ?? new GenerationOptions());
        while (true)
        {
            GeneratedToken token = await Task.Run(() => generator.Next(cancellationToken), cancellationToken).ConfigureAwait(false);
            if (token.Usage is TokenUsage usage)
            {
                AloraDiagnostics.Record(activity, usage, Adapter);
                Loaded.Logger.Generated(usage.GeneratedTokens, token.FinishReason!.Value, usage.TimePerToken.TotalMilliseconds);
            }

            yield return token;
            if (token.FinishReason is not null)
            {
                await Task.Run(ComputeLastToken, CancellationToken.None).ConfigureAwait(false);
                yield break;
            }
        }
    }

    /// <summary>Generates to the end and returns the whole result.</summary>
    /// <inheritdoc cref="GenerateAsync"/>
    public Task<GenerationResult> GenerateToEndAsync(GenerationOptions? options = null, CancellationToken cancellationToken = default) =>
        RunAsync("alora.generate", Adapter, result => result.Usage, () =>
        {
            using TextGenerator generator = Loaded.CreateGenerator(_sequence, options ?? new GenerationOptions());
            GenerationResult result = generator.ToEnd(cancellationToken);
            Loaded.Logger.Generated(result.Usage.GeneratedTokens, result.FinishReason, result.Usage.TimePerToken.TotalMilliseconds);
            ComputeLastToken();
            return result;
        }, cancellationToken);

    /// <summary>Invokes an adapter on the conversation, which is unchanged afterwards: same tokens, same cache, same next logits.</summary>
    /// <param name="adapter">
    /// Name of the adapter. An aLoRA reuses the conversation's KV cache; a plain LoRA prefills the whole conversation again
    /// into a cache of its own.
    /// </param>
    /// <param name="options"> Instruction, placement of the invocation tokens, and how the answer
    /// is generated; null appends the invocation tokens and generates greedily.
    /// </param>
    /// <param name="cancellationToken">Cancels between chunks and tokens, and within one as soon as ONNX Runtime can.</param>
    /// <exception cref="ArgumentException">
    /// There is no such adapter, an option is out of range, a choice is not one token, or the tokens do not fit into the context.
    /// </exception>
    /// <exception cref="MissingInvocationException">The invocation tokens should be in the prompt already but are not.</exception>
    /// <exception cref="InvalidOperationException">
    /// Conversation and instruction are empty, an adapter is active on the conversation itself, the adapter's weights overflow,
    /// text is given without a tokenizer, or another operation is running.
    /// </exception>
    /// <exception cref="ModelFormatException">This call loads the adapter, and it is malformed or does not fit the model.</exception>
    /// <exception cref="ObjectDisposedException">The conversation or its model was disposed.</exception>
    public Task<IntrinsicResult> InvokeAsync(
        string adapter, InvocationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(adapter);
        return RunAsync("alora.invoke", adapter, result => result.Usage, () =>
            Invocation.Ask(Loaded, _sequence, adapter, options ?? new InvocationOptions(), cancellationToken), cancellationToken);
    }

    /// <summary>Does something with ids and rows, as one operation of the conversation.</summary>
    internal async Task<T> UseSequenceAsync<T>(Func<Sequence, Task<T>> operation)
    {
        using SequenceUse use = Enter();
        return await operation(_sequence).ConfigureAwait(false);
    }

    /// <summary>
    /// Invokes an adapter on a whole prompt, of which the conversation may have a prefix. The conversation is unchanged afterwards.
    /// </summary>
    internal Task<IntrinsicResult> InvokePromptAsync(
        string adapter, ReadOnlyMemory<int> prompt, InvocationOptions options, CancellationToken cancellationToken) =>
        RunAsync("alora.invoke", adapter, result => result.Usage, () =>
            Invocation.AskAboutPrompt(Loaded, _sequence, adapter, prompt.Span, options, cancellationToken), cancellationToken);

    /// <summary>
    /// Invokes several adapters on the conversation as one batch; it is unchanged afterwards. The results are those of calling
    /// <see cref="InvokeAsync"/> for each (logits within 2e-5 in float32), but weights and KV cache are read once a step for all of them.
    /// </summary>
    /// <param name="invocations">The invocations; an adapter may occur several times. An empty list gives an empty result.</param>
    /// <param name="cancellationToken">Cancels between runs and tokens, and within a run as soon as ONNX Runtime can.</param>
    /// <returns>
    /// The results in the order of the invocations. <see cref="TokenUsage.Branches"/> is the number that were computed together.
    /// </returns>
    /// <remarks>
    /// A plain LoRA shares no cache and is computed on its own. So are all invocations if the model folder has no
    /// <see cref="ModelManifest.FanoutGraphFile"/>, if the conversation is empty, or if the tokens of all invocations together
    /// exceed the context; one whose weights overflow fails and is named. Keys and values of all are written after those of the
    /// conversation, whose <see cref="Capacity"/> may grow.
    /// </remarks>
    /// <exception cref="ArgumentException">
    /// There is no such adapter, an option is out of range, a choice is not one token,
    /// or the tokens of one invocation do not fit into the context.
    /// </exception>
    /// <inheritdoc cref="InvokeAsync"/>
    public Task<IReadOnlyList<IntrinsicResult>> InvokeAllAsync(
        IReadOnlyList<AdapterInvocation> invocations, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(invocations);
        return RunAsync("alora.invoke_all", adapter: null, results => TokenUsage.Sum(results.Select(result => result.Usage)), () =>
            Fanout.Ask(Loaded, _sequence, invocations, cancellationToken), cancellationToken);
    }

    /// <summary>
    /// Writes token ids, KV cache and next logits to a safetensors file, from which
    /// <see cref="AloraModel.LoadConversationAsync(string, CancellationToken)"/> restores the conversation without computing anything.
    /// </summary>
    /// <param name="path">Path of the file. An existing file is replaced once the new one is complete.</param>
    /// <param name="cancellationToken">Cancels between layers; then no file is left behind.</param>
    /// <exception cref="IOException">The file can't be written.</exception>
    /// <exception cref="UnauthorizedAccessException">There is no permission to write the file.</exception>
    /// <exception cref="InvalidOperationException">An adapter is active, or another operation is running.</exception>
    /// <exception cref="ObjectDisposedException">The conversation or its model was disposed.</exception>
    public Task SaveAsync(string path, CancellationToken cancellationToken = default) =>
        SaveAsync(path, new SaveOptions(), cancellationToken);

    /// <param name="options">The key of an authentication code.</param>
    /// <inheritdoc cref="SaveAsync(string, CancellationToken)"/>
    /// <param name="path">Path of the file. An existing file is replaced once the new one is complete.</param>
    /// <param name="cancellationToken">Cancels between layers; then no file is left behind.</param>
    /// <exception cref="ArgumentException">The key has no bytes.</exception>
    public Task SaveAsync(string path, SaveOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        return RunAsync("alora.save", adapter: null, usage => usage, () =>
        {
            SavedConversationWriter.Write(path, _sequence, Model.Manifest, options.Key, cancellationToken);
            return new TokenUsage();
        }, cancellationToken);
    }

    /// <summary>
    /// Forks the conversation: makes an independent one with the same tokens and the same part of the KV cache that is in use.
    /// The caller disposes it. On the CPU, forks of a conversation keep its keys and values once for all of them, page by page until one
    /// writes there; on a device each fork has a copy.
    /// </summary>
    /// <exception cref="InsufficientMemoryException">There is not enough memory.</exception>
    /// <exception cref="InvalidOperationException">Another operation is running.</exception>
    /// <exception cref="ObjectDisposedException">The conversation or its model was disposed.</exception>
    public Conversation Fork()
    {
        using SequenceUse use = Enter();
        return new(Model, _sequence.Fork(isLasting: true));
    }

    /// <summary>Removes all tokens from a position on. Nothing is computed or copied.</summary>
    /// <param name="position">Number of tokens to keep, from 0 to <see cref="Length"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The position is negative or beyond the end.</exception>
    /// <exception cref="InvalidOperationException">Another operation is running.</exception>
    /// <exception cref="ObjectDisposedException">The conversation or its model was disposed.</exception>
    public void Rewind(int position)
    {
        using SequenceUse use = Enter();
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(position, Length);
        _sequence.Rewind(position);
    }

    /// <summary>Frees the KV cache, after a running operation has ended. A second call does nothing.</summary>
    public void Dispose()
    {
        if (_gate.Close())
        {
            _sequence.Dispose();
        }
    }

    // Whatever comes next, an intrinsic or another turn, starts at once then. One step, so it is not cancelled.
    private void ComputeLastToken() => _sequence.ComputeSampled(CancellationToken.None);

    private async Task<T> RunAsync<T>(
        string name, string? adapter, Func<T, TokenUsage> usageOf, Func<T> operation, CancellationToken cancellationToken)
    {
        using SequenceUse use = Enter();
        using Activity? activity = AloraDiagnostics.Start(name, adapter);
        T result = await Task.Run(operation, cancellationToken).ConfigureAwait(false);
        AloraDiagnostics.Record(activity, usageOf(result), adapter);
        return result;
    }

    private SequenceUse Enter()
    {
        SequenceUse use = new(_gate, _sequence, this);
        if (Model.IsDisposed)
        {
            use.Dispose();
            throw new ObjectDisposedException(nameof(AloraModel), "The model of this conversation was disposed.");
        }

        return use;
    }
}
