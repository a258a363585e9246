using System.Diagnostics;
using System.Runtime.CompilerServices;
using ALoRA.Onnx.Extensions.AI.Answers;
using ALoRA.Onnx.Extensions.AI.Conversations;
using ALoRA.Onnx.Extensions.AI.Diagnostics;
using ALoRA.Onnx.Extensions.AI.Intrinsics;
using ALoRA.Onnx.Extensions.AI.Requests;
using ALoRA.Onnx.Serving;
using Microsoft.Extensions.AI;

namespace ALoRA.Onnx.Extensions.AI;

/// <summary>
/// A model as an <see cref="IChatClient"/>: requests are computed together, a chat that continues reuses its KV cache, the model can call
/// tools, and intrinsics run on the KV cache of an answer.
/// </summary>
/// <remarks>
/// <para>
/// Thread-safe: any number of requests may be sent at the same time; <see cref="AloraChatClientOptions.MaxConcurrentRequests"/> of them
/// run at once, from reading their messages to the end of their answers, and <see cref="AloraChatClientOptions.MaxQueuedRequests"/> wait.
/// An <see cref="AloraEngine"/> computes the next token of all of them in one run, of the base and of whatever adapters; its figures are
/// in the <see cref="AloraEngine.Statistics"/> of the engine that <see cref="GetService"/> gives. It may be ahead of whoever reads a
/// streamed answer. Messages and options are not modified, and must not be modified by others while a request runs.
/// </para>
/// <para>
/// Whatever a request brings is text to the model: special tokens that it spells out begin no turn and no call, unless
/// <see cref="AloraChatClientOptions.SpecialTokens"/> says otherwise, and an adapter is invoked by the template alone.
/// </para>
/// <para>
/// Every option of a request is honoured or refused, never ignored. Refused with <see cref="NotSupportedException"/>: penalties other than
/// 0, a JSON format together with tools, reasoning, continuation tokens, tools that are not functions or that the model was not trained
/// for, and additional properties that are not in <see cref="AloraChatKeys"/>.
/// Options that are out of range, another <see cref="ChatOptions.ModelId"/> and an unknown <see cref="ChatOptions.ConversationId"/>
/// are refused with <see cref="ArgumentException"/>. JSON formats and required tool calls are enforced during generation (an answer
/// that ends with <see cref="ChatFinishReason.Length"/> may be incomplete); a schema that can't be enforced is refused with
/// <see cref="JsonSchemaException"/>. What such a schema leaves open is narrowed to what .NET's types hold, as a schema made from a type
/// does not say which integer it means: an integer without a range is an <see cref="int"/>, any other number fits <see cref="decimal"/>,
/// dates and times fit <see cref="DateTime"/>. Give members of smaller types a range; a <see cref="TimeOnly"/> can't be read from the
/// format <c>time</c> of its schema. <see cref="ChatOptions.Instructions"/> are put at the start of the system message.
/// <see cref="ChatOptions.RawRepresentationFactory"/> may return a <see cref="GenerationOptions"/> to start from.
/// </para>
/// <para>What a message may hold, so that whatever the client answered can be sent back to it:</para>
/// <list type="table">
/// <listheader><term>content</term><description>what becomes of it</description></listheader>
/// <item><term><see cref="TextContent"/></term><description>is read; several in a message one behind the other</description></item>
/// <item>
/// <term><see cref="TextReasoningContent"/></term>
/// <description>
/// of the assistant: goes where the chat template reads it, and is left out where it reads none; of others: refused
/// </description>
/// </item>
/// <item>
/// <term><see cref="FunctionCallContent"/></term>
/// <description>is read; one that could not be read and has no result is left out</description>
/// </item>
/// <item>
/// <term><see cref="FunctionResultContent"/></term>
/// <description>
/// is read: a text as it is, content (one or several) as its text, an error as its message, anything else as JSON; data and other
/// content without text in it is refused
/// </description>
/// </item>
/// <item>
/// <term><see cref="UsageContent"/>, <see cref="ErrorContent"/></term>
/// <description>is passed over, and a message of nothing else makes no turn</description>
/// </item>
/// <item>
/// <term>all other, such as <see cref="DataContent"/> and <see cref="UriContent"/></term>
/// <description>is refused with <see cref="NotSupportedException"/>, which names it</description>
/// </item>
/// </list>
/// <para>
/// What a model thinks before it answers, between the marks that its chat template shows, is <see cref="TextReasoningContent"/>,
/// and what looks like a call within is none. A call that can't be read is a <see cref="FunctionCallContent"/> with an exception
/// that is <see cref="FunctionCallContent.InformationalOnly"/>, or an <see cref="ErrorContent"/> where it has no name. Every call
/// has an id that is its own within the answer. An answer that its limit of tokens ended has <see cref="ChatFinishReason.Length"/>,
/// also where it holds calls; those that were complete are given.
/// </para>
/// <para>
/// Options that are not set take their values from the model's <c>generation_config.json</c>. Without a seed, sampled answers differ from
/// run to run. Answers are those of each request alone, but for the last bits of logits: keys and values that are reused from the cache, or
/// computed together with those of others, may differ in them, so that two equally likely tokens may change places. One request at a time
/// (<see cref="AloraChatClientOptions.MaxConcurrentRequests"/> 1) with <see cref="AloraChatClientOptions.MaxIdleConversations"/> 0 rules
/// out even that.
/// </para>
/// <para>
/// Callers that must not learn of each other's texts, be it from the number or the time of
/// reused tokens, are told apart by <see cref="AloraChatKeys.CacheScope"/>.
/// </para>
/// <para>
/// The client must not be disposed while it is in use.
/// If it is, requests that are already generating complete; all others throw <see cref="ObjectDisposedException"/>. The memory is freed
/// when the last answer is read or its enumeration disposed.
/// </para>
/// </remarks>
public sealed class AloraChatClient : IChatClient, IConversationLender
{
    private readonly AloraChatClientOptions _options;
    private readonly ChatRequestReader _reader;
    private readonly RequestGate _gate;
    private readonly ClientEngine _engine;
    private readonly ConversationPool _pool;
    private readonly ConversationStore _store;
    private readonly ChatClientMetadata _metadata;
    private int _disposed;

    /// <summary>Creates a client for a model.</summary>
    /// <param name="model">
    /// The model, which the client disposes unless <see cref="AloraChatClientOptions.LeaveOpen"/> says otherwise.
    /// </param>
    /// <param name="options">How to serve it; null is all defaults.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="ModelFormatException">The model has no tokenizer.</exception>
    /// <exception cref="InvalidOperationException">The model has no chat template.</exception>
    /// <exception cref="InsufficientMemoryException">
    /// There is no memory for keys and values of one request of the longest context.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public AloraChatClient(AloraModel model, AloraChatClientOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        _options = options ?? new AloraChatClientOptions();
        _options.Check();
        Model = model;
        _reader = new ChatRequestReader(model, _options) { MaxPromptTokens = _options.Engine?.MaxContextTokens };
        _gate = new RequestGate(_options, this);
        _pool = new ConversationPool(this, model, _options);
        _store = new ConversationStore(_options.MaxStoredConversations);
        _metadata = new ChatClientMetadata("alora", providerUri: null, model.Manifest.Name);
        _engine = new ClientEngine(model, _options);
    }

    /// <summary>The model.</summary>
    public AloraModel Model { get; }

    /// <summary>The format of the model's tool calls; <see cref="ToolCallFormat.None"/> if it can't call tools.</summary>
    public ToolCallFormat ToolCallFormat => _reader.Format;

    /// <inheritdoc/>
    string IConversationLender.ModelName => Model.Manifest.Name;

    /// <summary>Where tokens come from: the engine's answer to a request; tests put an answer of their own here.</summary>
    internal Func<EngineRequest, EngineAnswer, IAsyncEnumerable<GeneratedToken>> Generate { get; init; } = static (_, answer) => answer;

    /// <summary>What the engine does now.</summary>
    internal EngineStatistics Load => _engine.Engine.Statistics;

    /// <summary>Conversations that were lent out and wait for chats that go on.</summary>
    internal int IdleConversations => _pool.IdleCount;

    /// <summary>Answered requests whose keys and values wait in the engine for chats that go on.</summary>
    internal int KeptPrompts => _engine.Engine.Statistics.KeptPrompts;

    /// <summary>Returns the whole answer: the streamed answer put together.</summary>
    /// <param name="messages">
    /// All messages of the chat, oldest first; with <see cref="ChatOptions.ConversationId"/> the new ones only.
    /// </param>
    /// <param name="options">The request's options; null is all defaults.</param>
    /// <param name="cancellationToken">
    /// Cancels while the request waits for its turn, between chunks and tokens, and within one as soon as ONNX Runtime can.
    /// </param>
    /// <exception cref="NotSupportedException">The request asks for something that can't be done; see the remarks of the class.</exception>
    /// <exception cref="ArgumentException">
    /// A value is out of range, the prompt does not fit into the context, or there is no such conversation, model or adapter.
    /// </exception>
    /// <exception cref="SpecialTokenException">
    /// A role is no plain word, or a value spells out a special token; see <see cref="AloraChatClientOptions.SpecialTokens"/>.
    /// </exception>
    /// <exception cref="TemplateException">The chat template does not accept the messages.</exception>
    /// <exception cref="AloraBusyException">Too many requests wait already, or this one waited too long.</exception>
    /// <exception cref="ObjectDisposedException">The client or its model was disposed.</exception>
    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        await GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>
    /// Streams the answer. Each tool call is one update, as soon as it is complete; the last update has usage and finish reason.
    /// </summary>
    /// <inheritdoc cref="GetResponseAsync"/>
    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        return AnswerAsync([.. messages], options, cancellationToken);
    }

    /// <summary>
    /// Lends out the conversation whose KV cache holds messages, rendered without a generation prompt. Use it to invoke intrinsics on an
    /// answer or a question.
    /// </summary>
    /// <param name="messages">
    /// All messages of the chat, oldest first, the answer included if it is to be judged;
    /// with <see cref="ChatOptions.ConversationId"/> the new ones only, possibly none.
    /// </param>
    /// <param name="use">What to do with the conversation, which it must not keep.</param>
    /// <param name="options">
    /// The request's options, of which instructions, tools, documents and template variables apply; null is all defaults.
    /// </param>
    /// <param name="cancellationToken">Cancels the wait for a turn and the computation.</param>
    /// <typeparam name="T">What is returned.</typeparam>
    /// <inheritdoc cref="GetResponseAsync"/>
    public async Task<T> UseConversationAsync<T>(
        IEnumerable<ChatMessage> messages, Func<ChatContext, CancellationToken, Task<T>> use, ChatOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        ArgumentNullException.ThrowIfNull(use);
        CheckOpen();
        using StoredConversation? stored = await _store.EnterAsync(options?.ConversationId, cancellationToken).ConfigureAwait(false);
        ChatMessage[] chat = stored is null ? [.. messages] : [.. stored.Messages, .. messages];
        using IDisposable place = await _gate.EnterAsync(cancellationToken).ConfigureAwait(false);
        ChatRequest request = await ReadAsync(chat, options, addGenerationPrompt: false, cancellationToken).ConfigureAwait(false);
        using ConversationLease lease = _pool.Rent(request.Prompt.Ids.Span, request.CacheScope);
        await _engine.PromptAsync(lease.Conversation, request, cancellationToken).ConfigureAwait(false);
        ChatContext context = new(lease.Conversation, chat, options) { SpecialTokens = _options.SpecialTokens };
        return await use(context, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Starts a chat whose messages the client stores: requests with its id as
    /// <see cref="ChatOptions.ConversationId"/> contain only the new messages.
    /// </summary>
    /// <param name="messages">The first messages of the chat, such as a system message.</param>
    /// <returns>
    /// The id. Requests with the same id are answered one after the other; one that fails or is not read to the end is not stored.
    /// </returns>
    /// <exception cref="InvalidOperationException">
    /// There are already <see cref="AloraChatClientOptions.MaxStoredConversations"/> chats.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The client was disposed.</exception>
    public string StartConversation(params IEnumerable<ChatMessage> messages)
    {
        ArgumentNullException.ThrowIfNull(messages);
        CheckOpen();
        return _store.Start(messages);
    }

    /// <summary>Deletes a chat that <see cref="StartConversation"/> started.</summary>
    /// <param name="id">Its id.</param>
    /// <returns>Whether there was one.</returns>
    public bool EndConversation(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        return _store.End(id);
    }

    /// <summary>
    /// Returns the client itself, its <see cref="ChatClientMetadata"/>, its <see cref="AloraModel"/>, its <see cref="AloraEngine"/>,
    /// and the model's <see cref="HfTokenizer"/> and <see cref="ChatTemplate"/>.
    /// </summary>
    /// <param name="serviceType">One of these types, or one that the client is.</param>
    /// <param name="serviceKey">Null; there are no keyed services.</param>
    /// <returns>The object; null for any other type, or if there is a key.</returns>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(ChatClientMetadata) ? _metadata
            : serviceType == typeof(AloraModel) ? Model
            : serviceType == typeof(AloraEngine) ? _engine.Engine
            : serviceType == typeof(HfTokenizer) ? Model.Tokenizer
            : serviceType == typeof(ChatTemplate) ? Model.ChatTemplate
            : serviceType.IsInstanceOfType(this) ? this
            : null;
    }

    /// <summary>
    /// Frees the conversations that are kept, the engine unless it is shared, and the model unless it is left open; the last two when the
    /// requests that run have ended. A second call does nothing.
    /// </summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        _gate.Dispose();
        _pool.Dispose();
        if (_gate.Left.IsCompleted)
        {
            CloseAsync().GetAwaiter().GetResult();
        }
        else
        {
            _ = CloseWhenLeftAsync();
        }
    }

    private async Task CloseWhenLeftAsync()
    {
        await _gate.Left.ConfigureAwait(false);
        await CloseAsync().ConfigureAwait(false);
    }

    private async Task CloseAsync()
    {
        await _engine.DisposeAsync().ConfigureAwait(false);
        if (!_options.LeaveOpen)
        {
            Model.Dispose();
        }
    }

    private async IAsyncEnumerable<ChatResponseUpdate> AnswerAsync(
        ChatMessage[] messages, ChatOptions? options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        CheckOpen();
        cancellationToken.ThrowIfCancellationRequested();
        using StoredConversation? stored = await _store.EnterAsync(options?.ConversationId, cancellationToken).ConfigureAwait(false);
        using IDisposable place = await _gate.EnterAsync(cancellationToken).ConfigureAwait(false);
        ChatRequest request = await ReadAsync(
            stored is null ? messages : [.. stored.Messages, .. messages], options, addGenerationPrompt: true, cancellationToken)
            .ConfigureAwait(false);
        using Activity? activity = ChatTelemetry.Start("alora.chat", Model.Manifest.Name);
        CheckOpen();
        EngineRequest asked = ClientEngine.Ask(request);
        await using EngineAnswer answer = await _engine.SubmitAsync(asked, cancellationToken).ConfigureAwait(false);
        TokenUsage prompt = await PromptAsync(answer, request.Adapter, cancellationToken).ConfigureAwait(false);
        ChatTelemetry.Record(activity, prompt, request.Adapter, _engine.Engine.BytesPerToken);

        AnswerWriter writer = new(request, prompt, Model.Manifest.Name, stored?.Id, _options.TimeProvider.GetUtcNow());
        using Activity? generation = ChatTelemetry.StartPart("alora.generate", request.Adapter);
        await foreach (GeneratedToken token in Generate(asked, answer).WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            // The engine may be ahead of the reader, who wants nothing more then.
            cancellationToken.ThrowIfCancellationRequested();
            if (writer.Take(token) is ChatResponseUpdate update)
            {
                yield return update;
            }

            if (token.Usage is { } usage)
            {
                ChatTelemetry.Record(generation, usage);
            }

            // A generation that ends by itself is enumerated to its end, when its rows are kept for whatever comes next.
            if (writer.IsEnough)
            {
                break;
            }
        }

        stored?.Add([.. messages, writer.Message]);
        yield return writer.End();
    }

    private static async Task<TokenUsage> PromptAsync(EngineAnswer answer, string? adapter, CancellationToken cancellationToken)
    {
        using Activity? activity = ChatTelemetry.StartPart("alora.prompt", adapter);
        TokenUsage usage = await answer.PromptUsage.WaitAsync(cancellationToken).ConfigureAwait(false);
        ChatTelemetry.Record(activity, usage);
        return usage;
    }

    // Long messages and schemas take a while: on no caller's thread, and as one of those that work at a time.
    private Task<ChatRequest> ReadAsync(
        ChatMessage[] messages, ChatOptions? options, bool addGenerationPrompt, CancellationToken cancellationToken)
    {
        CheckOpen();
        return Task.Run(() => _reader.Read(this, messages, options, addGenerationPrompt, cancellationToken), cancellationToken);
    }

    private void CheckOpen() => ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
}
