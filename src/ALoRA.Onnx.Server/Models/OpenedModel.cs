using ALoRA.Onnx.Extensions.AI;
using ALoRA.Onnx.Extensions.AI.Requests;
using ALoRA.Onnx.Server.Errors;
using ALoRA.Onnx.Serving;
using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Server.Models;

/// <summary>A model folder that is open, its engine, and what reads chat requests for it. Owned by <see cref="ServedModel"/>.</summary>
internal sealed class OpenedModel : IAsyncDisposable
{
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ChatRequestReader? _chats;

    private OpenedModel(AloraModel model, AloraEngine engine, ChatRequestReader? chats, string name)
    {
        Model = model;
        Engine = engine;
        _chats = chats;
        Name = name;
        Adapters = new ServedAdapters(model, name);
    }

    public AloraModel Model { get; }

    public AloraEngine Engine { get; }

    /// <summary>The base model's name in requests and answers.</summary>
    public string Name { get; }

    /// <summary>When it was opened.</summary>
    public DateTimeOffset Created { get; } = DateTimeOffset.UtcNow;

    /// <summary>Completes when everything is freed.</summary>
    public Task Closed => _closed.Task;

    /// <summary>The adapters that requests may name.</summary>
    public ServedAdapters Adapters { get; }

    /// <summary>Makes prompts, settings and constraints of messages and options; special tokens in them are text.</summary>
    /// <exception cref="ApiError">400: the model has no chat template.</exception>
    public ChatRequestReader Chats =>
        _chats ?? throw ApiError.Invalid(
            $"The model '{Name}' has no chat template, so that it takes no messages. Use /v1/completions.", "messages", "no_chat_template");

    /// <summary>Opens a folder and starts an engine on it.</summary>
    /// <exception cref="ModelFormatException">A file is missing or malformed, or there is no tokenizer.</exception>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="IOException">A file can't be read.</exception>
    /// <exception cref="InvalidOperationException">The provider is not available or cannot run the model.</exception>
    public static async Task<OpenedModel> OpenAsync(ServerOptions options, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        AloraModel model = await AloraModel.OpenAsync(options.Model, ModelOptionsOf(options, loggers), cancellationToken)
            .ConfigureAwait(false);
        try
        {
            _ = model.Tokenizer;
            ChatRequestReader? chats = model.ChatTemplate is null
                ? null
                : new ChatRequestReader(model, new AloraChatClientOptions { LeaveOpen = true }) { NarrowsSchemas = false };
            StepCosts? costs = await MeasuredCosts.OfAsync(model, options, loggers.CreateLogger<OpenedModel>(), cancellationToken)
                .ConfigureAwait(false);
            AloraEngine engine = new(model, EngineOptionsOf(options, costs));
            return new OpenedModel(model, engine, chats, options.ModelName ?? model.Manifest.Name);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Cancels what still runs and frees everything.</summary>
    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync().ConfigureAwait(false);
        Model.Dispose();
        _closed.TrySetResult();
    }

    private static AloraModelOptions ModelOptionsOf(ServerOptions options, ILoggerFactory loggers) => new()
    {
        IntraOpThreads = options.Threads,
        Operators = options.Operators,
        MaxContextLength = options.MaxContextTokens,
        ExecutionProvider = ExecutionProvider.Named(options.Provider) with
        {
            LibraryPath = options.ProviderLibrary,
            DeviceIndex = options.Device,
            Options = options.ProviderOptions,
        },
        LoggerFactory = loggers,
    };

    private static EngineOptions EngineOptionsOf(ServerOptions options, StepCosts? costs) => new()
    {
        MaxRows = options.MaxRows,
        MaxQueuedRequests = options.MaxQueue,
        MaxQueueTime = options.MaxQueueTime,
        MaxContextTokens = options.MaxContextTokens,
        CacheBytes = options.CacheBytes,
        MaxAdaptersPerStep = options.AdaptersPerStep,
        StepCosts = costs,
    };
}
