using System.Diagnostics;
using System.Runtime.CompilerServices;
using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Invocations;
using ALoRA.Onnx.Sampling;
using ALoRA.Onnx.Saving;

namespace ALoRA.Onnx;

/// <summary>A token history with its KV cache: prompts are put in, answers and adapters' judgements come out.</summary>
/// <remarks>
/// <para>
/// One operation at a time: a second one that starts before the first has ended throws <see cref="InvalidOperationException"/>.
/// Several conversations of one model run at the same time.
/// Whoever creates or forks a conversation disposes it; its memory is freed when a running operation has ended.
/// </para>
/// <para>
/// A cancelled or failed operation leaves the conversation usable: after <see cref="AppendAsync"/>,
/// <see cref="ForwardAsync"/> and <see cref="InvokeAsync"/> it is as it was before, a prompt keeps the
/// chunks that were complete, and a generation keeps the tokens that were generated.
/// </para>
/// </remarks>
public sealed class Conversation : IDisposable
{
    private readonly UseGate _gate = new();
    private readonly Sequence _sequence;

    internal Conversation(AloraModel model, Sequence sequence)
    {
        Model = model;
        _sequence = sequence;
    }

    /// <summary>The model, which is not owned by the conversation.</summary>
    public AloraModel Model { get; }

    private LoadedModel Loaded => Model.Loaded;

    /// <summary>All ids, prompts and answers. A view that changes with the conversation; not to be read while an operation runs.</summary>
    public IReadOnlyList<int> Tokens => _sequence.Tokens;

    /// <summary>Number of tokens.</summary>
    public int Length => _sequence.Length;

    /// <summary>Tokens that fit into the KV cache before it grows.</summary>
    internal int Capacity => _sequence.Cache.Capacity;

    /// <summary>
    /// Tokens that fit at all: the model's context, or the shorter one of <see cref="AloraModelOptions.MaxContextLength"/>.
    /// </summary>
    public int MaxLength => _sequence.MaxLength;

    /// <summary>Memory of the KV cache in bytes.</summary>
    public long CacheBytes => _sequence.Cache.Bytes;

    /// <summary>
    /// Name of the adapter that the conversation runs under since <see cref="ForwardAsync"/> or a prompt asked for it; null for the base.
    /// </summary>
    public string? Adapter => _sequence.Activation.Adapter?.Name;

    /// <summary>Appends tokens and computes them with the base, in chunks.</summary>
    /// <param name="tokens">Ids of the model's vocabulary.</param>
    /// <param name="cancellationToken">
    /// Cancels between chunks, and within one as soon as ONNX Runtime can; the conversation is then as it was.
    /// </param>
    /// <exception cref="ArgumentException">An id is not in the vocabulary, or the tokens do not fit into the context.</exception>
    /// <exception cref="InvalidOperationException">The conversation runs under an adapter, or another operation is running.</exception>
    /// <exception cref="ObjectDisposedException">The conversation or its model was disposed.</exception>
    public Task<TokenUsage> AppendAsync(ReadOnlyMemory<int> tokens, CancellationToken cancellationToken = default) =>
        RunAsync("alora.append", adapter: null, usage => usage, () =>
        {
            _sequence.CheckBase("Appending");
            _sequence.CheckIds(tokens.Span);
            return Prefill.Append(_sequence, tokens.Span, cancellationToken);
        }, cancellationToken);

    /// <summary>
    /// Makes messages the content of the conversation: renders them with the model's chat template,
    /// encodes the text, keeps the longest common prefix, and computes the rest in chunks.
    /// </summary>
    /// <param name="messages">All messages, oldest first, answers of the model included.</param>
    /// <param name="options">Whether an answer follows, template variables, adapter; null is all defaults.</param>
    /// <param name="cancellationToken">
    /// Cancels between chunks, and within one as soon as ONNX Runtime can; what was computed stays and is found again by the same prompt.
    /// </param>
    /// <returns>What was reused and computed. At least one token is computed unless the conversation ended with this very prompt.</returns>
    /// <exception cref="ArgumentException">
    /// The template gives no text, the prompt does not fit into the context, or there is no such adapter.
    /// </exception>
    /// <exception cref="InvalidOperationException">The model has no chat template, or another operation is running.</exception>
    /// <exception cref="TemplateException">The template raised an error of its own, failed, or reached a limit.</exception>
    /// <exception cref="ModelFormatException">The model has no tokenizer.</exception>
    /// <exception cref="MissingInvocationException">The adapter is an aLoRA and its invocation tokens do not occur.</exception>
    /// <exception cref="ObjectDisposedException">The conversation or its model was disposed.</exception>
    public Task<TokenUsage> PromptAsync(
        IReadOnlyList<PromptMessage> messages, PromptOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        options ??= new PromptOptions();
        return RunAsync("alora.prompt", options.Adapter, usage => usage, () =>
        {
            int[] tokens = Loaded.PromptEncoder.Encode(
                messages, options.AddGenerationPrompt, options.TemplateVariables, options.TemplateOptions);
            return Prompt(tokens, options, cancellationToken);
        }, cancellationToken);
    }

    /// <summary>
    /// Makes tokens the content of the conversation: keeps the longest common prefix, rewinds to it, and computes the rest in chunks.
    /// </summary>
    /// <param name="tokens">The whole prompt, at least one id.</param>
    /// <param name="options">Adapter to run under; null is the base. What it says about templates is not read.</param>
    /// <param name="cancellationToken">
    /// Cancels between chunks, and within one as soon as ONNX Runtime can; what was computed stays and is found again by the same prompt.
    /// </param>
    /// <returns>What was reused and computed. At least one token is computed unless the conversation ended with this very prompt.</returns>
    /// <exception cref="ArgumentException">
    /// There is no token, an id is not in the vocabulary, the prompt does not fit into the context, or there is no such adapter.
    /// </exception>
    /// <exception cref="MissingInvocationException">The adapter is an aLoRA and its invocation tokens do not occur.</exception>
    /// <inheritdoc cref="AppendAsync"/>
    public Task<TokenUsage> PromptAsync(
        ReadOnlyMemory<int> tokens, PromptOptions? options = null, CancellationToken cancellationToken = default) =>
        RunAsync(
            "alora.prompt", options?.Adapter, usage => usage, () => Prompt(tokens.Span, options ?? new PromptOptions(), cancellationToken),
            cancellationToken);

    /// <summary>
    /// Appends tokens, computes them with the base or an adapter, and gives logits.
    /// The conversation stays under the adapter until it is rewound before its start.
    /// </summary>
    /// <param name="tokens">At least one id.</param>
    /// <param name="options">Adapter, its start, and the positions whose logits are wanted; null is the base and the last position.</param>
    /// <param name="cancellationToken">
    /// Cancels between chunks, and within one as soon as ONNX Runtime can; the conversation is then as it was.
    /// </param>
    /// <exception cref="ArgumentException">
    /// There is no token, an id or position is out of its range, the tokens do not fit into the context, or there is no such adapter.
    /// </exception>
    /// <exception cref="MissingInvocationException">
    /// The adapter is an aLoRA and its invocation tokens do not occur among the appended ones.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// The conversation runs under another adapter, or has rows of the base and the
    /// adapter is a plain LoRA, or another operation is running.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The conversation or its model was disposed.</exception>
    public Task<Logits> ForwardAsync(
        ReadOnlyMemory<int> tokens, ForwardOptions? options = null, CancellationToken cancellationToken = default) =>
        RunAsync("alora.forward", options?.Adapter, logits => logits.Usage, () =>
            new ForwardPass(Loaded, _sequence).Run(tokens.Span, options ?? new ForwardOptions(), cancellationToken), cancellationToken);

    /// <summary>
    /// Generates token by token behind the conversation, under the adapter that it runs under.
    /// Every token is part of the conversation when it is given out.
    /// </summary>
    /// <param name="options">How tokens are chosen and when to stop; null is the model's own defaults.</param>
    /// <param name="cancellationToken">Cancels between tokens, and within one as soon as ONNX Runtime can; the tokens so far stay.</param>
    /// <returns>
    /// The stream; its last element has finish reason and usage.
    /// An enumeration that is not finished must be disposed (as <c>await foreach</c> does) before the next operation.
    /// </returns>
    /// <exception cref="ArgumentException">
    /// An option is out of its range, or a choice of the constraint begins with a space that the tokenizer would not show.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// The conversation is empty or full, the logits hold no number, stop strings or a constraint are given without a tokenizer,
    /// the vocabulary can't write what the constraint asks for, or another operation is running.
    /// </exception>
    /// <exception cref="NotSupportedException">
    /// A constraint is given, but the tokenizer's decoder does more than to put the tokens' bytes behind each other.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The conversation or its model was disposed.</exception>
    public async IAsyncEnumerable<GeneratedToken> GenerateAsync(
        GenerationOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        Enter();
        try
        {
            using Activity? activity = AloraDiagnostics.Start("alora.generate", Adapter);
            using TextGenerator generator = Loaded.CreateGenerator(_sequence, options ?? new GenerationOptions());
            while (true)
            {
                GeneratedToken token = await Task.Run(() => generator.Next(cancellationToken), cancellationToken).ConfigureAwait(false);
                if (token.Usage is TokenUsage usage)
                {
                    Finish(activity, usage, token.FinishReason!.Value);
                }

                yield return token;
                if (token.FinishReason is not null)
                {
                    await Task.Run(ComputeLastToken, CancellationToken.None).ConfigureAwait(false);
                    yield break;
                }
            }
        }
        finally
        {
            Exit();
        }
    }

    /// <summary>Generates to the end and gives everything at once.</summary>
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

    /// <summary>Asks an adapter about the conversation, which is afterwards as it was: same tokens, same cache, same next logits.</summary>
    /// <param name="adapter">
    /// Name of the adapter. An aLoRA starts on the conversation's cache; a plain LoRA
    /// computes the whole conversation again in a cache of its own.
    /// </param>
    /// <param name="options">
    /// Instruction, place of the invocation, how the answer is generated; null appends
    /// the adapter's invocation tokens and generates greedily.
    /// </param>
    /// <param name="cancellationToken">Cancels between chunks and tokens, and within one as soon as ONNX Runtime can.</param>
    /// <exception cref="ArgumentException">
    /// There is no such adapter, an option is out of its range, a choice is not one token, or the tokens do not fit into the context.
    /// </exception>
    /// <exception cref="MissingInvocationException">The invocation should be in the prompt already but is not.</exception>
    /// <exception cref="InvalidOperationException">
    /// The conversation itself runs under an adapter, text is given without a tokenizer, or another operation is running.
    /// </exception>
    /// <exception cref="ModelFormatException">The adapter was loaded for this call and is malformed or does not fit the model.</exception>
    /// <exception cref="ObjectDisposedException">The conversation or its model was disposed.</exception>
    public Task<IntrinsicResult> InvokeAsync(
        string adapter, InvocationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(adapter);
        return RunAsync("alora.invoke", adapter, result => result.Usage, () =>
        {
            _sequence.CheckBase("Invoking an adapter");
            return Invocation.Ask(Loaded, _sequence, adapter, options ?? new InvocationOptions(), cancellationToken);
        }, cancellationToken);
    }

    /// <summary>
    /// Asks an adapter about a whole prompt, of which the conversation may have a prefix. The conversation is as it was afterwards.
    /// </summary>
    /// <param name="adapter">Name of the adapter.</param>
    /// <param name="prompt">All ids but the appended invocation.</param>
    /// <param name="options">Where the invocation stands and how the answer is generated.</param>
    /// <param name="cancellationToken">Cancels between chunks and tokens.</param>
    internal Task<IntrinsicResult> InvokePromptAsync(
        string adapter, ReadOnlyMemory<int> prompt, InvocationOptions options, CancellationToken cancellationToken) =>
        RunAsync("alora.invoke", adapter, result => result.Usage, () =>
        {
            _sequence.CheckBase("Invoking an adapter");
            return Invocation.AskAboutPrompt(Loaded, _sequence, adapter, prompt.Span, options, cancellationToken);
        }, cancellationToken);

    /// <summary>
    /// Asks several adapters about the conversation at once, which is afterwards as it was. Results are those of <see cref="InvokeAsync"/>
    /// one after another (logits within 1e-5 in float32); weights and cache are read once a step for all of them.
    /// </summary>
    /// <param name="invocations">What is asked; the same adapter may be asked several times. None at all gives no result.</param>
    /// <param name="cancellationToken">Cancels between runs and tokens, and within a run as soon as ONNX Runtime can.</param>
    /// <returns>
    /// The results in the order of the invocations. <see cref="TokenUsage.Branches"/> says how many were computed together.
    /// </returns>
    /// <remarks>
    /// A plain LoRA shares nothing and is computed alone, as is everything if the model folder has no
    /// <see cref="ModelManifest.FanoutGraphFile"/>, if the conversation is empty, or where the rows of all branches together
    /// exceed the context. Rows of branches are written behind those of the conversation, whose <see cref="Capacity"/> may grow.
    /// </remarks>
    /// <exception cref="ArgumentException">
    /// There is no such adapter, an option is out of its range, a choice is not one token,
    /// or the tokens of one invocation do not fit into the context.
    /// </exception>
    /// <inheritdoc cref="InvokeAsync"/>
    public Task<IReadOnlyList<IntrinsicResult>> InvokeAllAsync(
        IReadOnlyList<AdapterInvocation> invocations, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(invocations);
        return RunAsync("alora.invoke_all", adapter: null, results => TokenUsage.Sum(results.Select(result => result.Usage)), () =>
        {
            _sequence.CheckBase("Invoking adapters");
            return Fanout.Ask(Loaded, _sequence, invocations, cancellationToken);
        }, cancellationToken);
    }

    /// <summary>
    /// Writes the conversation to a safetensors file, from which <see cref="AloraModel.LoadConversationAsync"/>
    /// makes it again without computing anything: ids, KV cache, next logits.
    /// </summary>
    /// <param name="path">Path of the file. One that exists is replaced when the new one is complete.</param>
    /// <param name="cancellationToken">Cancels between layers; no file is left then.</param>
    /// <exception cref="IOException">The file can't be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file must not be written.</exception>
    /// <exception cref="InvalidOperationException">The conversation runs under an adapter, or another operation is running.</exception>
    /// <exception cref="ObjectDisposedException">The conversation or its model was disposed.</exception>
    public Task SaveAsync(string path, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return RunAsync("alora.save", adapter: null, usage => usage, () =>
        {
            _sequence.CheckBase("Saving");
            SavedConversationWriter.Write(path, _sequence, Model.Manifest, cancellationToken);
            return new TokenUsage();
        }, cancellationToken);
    }

    /// <summary>A conversation of its own with the same content; only rows that are in use are copied. The caller disposes it.</summary>
    /// <exception cref="InsufficientMemoryException">The memory is not available.</exception>
    /// <exception cref="InvalidOperationException">Another operation is running.</exception>
    /// <exception cref="ObjectDisposedException">The conversation or its model was disposed.</exception>
    public Conversation Fork()
    {
        Enter();
        try
        {
            return new Conversation(Model, _sequence.Fork());
        }
        finally
        {
            Exit();
        }
    }

    /// <summary>Forgets all tokens from a position on. Nothing is computed or copied.</summary>
    /// <param name="position">Tokens to keep, from 0 to <see cref="Length"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The position is negative or behind the end.</exception>
    /// <exception cref="InvalidOperationException">Another operation is running.</exception>
    /// <exception cref="ObjectDisposedException">The conversation or its model was disposed.</exception>
    public void Rewind(int position)
    {
        Enter();
        try
        {
            ArgumentOutOfRangeException.ThrowIfNegative(position);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(position, Length);
            _sequence.Rewind(position);
        }
        finally
        {
            Exit();
        }
    }

    /// <summary>Frees the cache, as soon as a running operation has ended. A second call does nothing.</summary>
    public void Dispose()
    {
        if (_gate.Close())
        {
            _sequence.Dispose();
        }
    }

    // Whatever comes next, an intrinsic or another turn, starts at once then. One step, so it is not cancelled.
    private void ComputeLastToken() => _sequence.ComputeSampled(CancellationToken.None);

    private TokenUsage Prompt(ReadOnlySpan<int> tokens, PromptOptions options, CancellationToken cancellationToken) =>
        Prefill.Replace(Loaded, _sequence, tokens, options, cancellationToken);

    private async Task<T> RunAsync<T>(
        string name, string? adapter, Func<T, TokenUsage> usageOf, Func<T> operation, CancellationToken cancellationToken)
    {
        Enter();
        try
        {
            using Activity? activity = AloraDiagnostics.Start(name, adapter);
            T result = await Task.Run(operation, cancellationToken).ConfigureAwait(false);
            AloraDiagnostics.Record(activity, usageOf(result), adapter);
            return result;
        }
        finally
        {
            Exit();
        }
    }

    private void Finish(Activity? activity, TokenUsage usage, FinishReason reason)
    {
        AloraDiagnostics.Record(activity, usage, Adapter);
        Loaded.Logger.Generated(usage.GeneratedTokens, reason, usage.TimePerToken.TotalMilliseconds);
    }

    private void Enter()
    {
        _gate.Enter(this);
        if (Model.IsDisposed)
        {
            Exit();
            throw new ObjectDisposedException(nameof(AloraModel), "The model of this conversation was disposed.");
        }
    }

    private void Exit()
    {
        if (_gate.Exit())
        {
            _sequence.Dispose();
        }
    }
}
