using ALoRA.Onnx.Extensions.AI.Diagnostics;
using ALoRA.Onnx.Extensions.AI.Requests;
using ALoRA.Onnx.Serving;

namespace ALoRA.Onnx.Extensions.AI.Conversations;

/// <summary>The engine that a client answers with: one of its own, or one that others have, too. Thread-safe.</summary>
internal sealed class ClientEngine : IAsyncDisposable
{
    private const int MostRows = 256;

    private readonly AloraChatClientOptions _options;
    private readonly bool _isOwn;

    /// <summary>Starts an engine unless the options name one; the exceptions are those of the client's constructor.</summary>
    public ClientEngine(AloraModel model, AloraChatClientOptions options)
    {
        _options = options;
        if (options.Engine is { } shared)
        {
            Engine = ReferenceEquals(shared.Model, model)
                ? shared
                : throw new ArgumentException(
                    $"{nameof(AloraChatClientOptions)}.{nameof(AloraChatClientOptions.Engine)} serves another model. Give one that was "
                    + "created with the client's model, or none.",
                    nameof(options));
            return;
        }

        _isOwn = true;
        int rows = Math.Min(options.MaxConcurrentRequests, MostRows);
        Engine = new AloraEngine(model, new EngineOptions
        {
            MaxRows = rows,

            // Who waits, and for how long, is decided before a request is read; only those that are let in come here.
            MaxQueuedRequests = Math.Min(options.MaxConcurrentRequests, int.MaxValue - rows),
            MaxKeptPrompts = options.MaxIdleConversations,
            MaxKeptBytes = options.MaxIdleCacheBytes,
            ShareTokensWithoutScope = true,

            // An answer waits for its reader as long as that takes.
            MaxReaderDelay = TimeSpan.MaxValue,
        });
        ChatTelemetry.AddCacheBytes(Engine.CacheBytes);
    }

    /// <summary>The engine.</summary>
    public AloraEngine Engine { get; }

    /// <summary>What a request asks of the engine.</summary>
    public static EngineRequest Ask(ChatRequest request) => new()
    {
        Prompt = request.Prompt,
        Adapter = request.Adapter,
        Generation = request.Generation,
        CacheScope = request.CacheScope,
        Tenant = request.CacheScope,
    };

    /// <summary>Hands a request over, on a thread of the pool: constraints are compiled and adapters loaded there.</summary>
    /// <returns>The answer, which the caller disposes.</returns>
    public Task<EngineAnswer> SubmitAsync(EngineRequest request, CancellationToken cancellationToken) =>
        Task.Run(() => Engine.Submit(request, cancellationToken), cancellationToken);

    /// <summary>Makes a prompt of the base the content of a conversation.</summary>
    /// <remarks>
    /// What the engine has of it is copied. What it lacks it computes beside its other requests, so that the chat finds it there when it
    /// goes on, and is copied then.
    /// </remarks>
    public async Task PromptAsync(Conversation conversation, ChatRequest request, CancellationToken cancellationToken)
    {
        EncodedPrompt prompt = request.Prompt;
        int known = await Engine.CopyPrefixAsync(conversation, prompt.Ids).ConfigureAwait(false);
        if (known < prompt.Ids.Length && Keeps(prompt.Ids.Length))
        {
            EngineRequest asked = Ask(request) with
            {
                Adapter = null,
                Generation = new GenerationOptions { Temperature = 0, MaxNewTokens = 1 },
            };
            await using EngineAnswer computed = await SubmitAsync(asked, cancellationToken).ConfigureAwait(false);
            await computed.PromptUsage.WaitAsync(cancellationToken).ConfigureAwait(false);
            known = await Engine.CopyPrefixAsync(conversation, prompt.Ids).ConfigureAwait(false);
        }

        if (known < prompt.Ids.Length)
        {
            await conversation.PromptAsync(prompt, cancellationToken: cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Ends an engine of its own, and with it whatever still runs.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isOwn)
        {
            ChatTelemetry.AddCacheBytes(-Engine.CacheBytes);
            await Engine.DisposeAsync().ConfigureAwait(false);
        }
    }

    // Whether a prompt stays in the engine long enough to be copied.
    private bool Keeps(int tokens) =>
        !_isOwn || (_options.MaxIdleConversations > 0 && tokens * Engine.BytesPerToken < _options.MaxIdleCacheBytes);
}
