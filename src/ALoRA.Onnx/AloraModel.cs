using System.Collections.Concurrent;
using System.Diagnostics;
using ALoRA.Onnx.Caching;
using ALoRA.Onnx.Constraints.Masks;
using ALoRA.Onnx.Devices;
using ALoRA.Onnx.Diagnostics;
using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Models;
using ALoRA.Onnx.Sampling;
using ALoRA.Onnx.Saving;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ALoRA.Onnx;

/// <summary>An exported model: graph, tokenizer, chat template and adapters, shared by any number of conversations. Thread-safe.</summary>
/// <remarks>
/// Disposing the model ends new operations on its conversations with <see cref="ObjectDisposedException"/>; operations that run are finished, and the graph's memory is freed when the last
/// conversation has been disposed as well.
/// </remarks>
public sealed class AloraModel : IAsyncDisposable, IDisposable
{
    private const int ChunkOfHost = 512;
    private const int ChunkOfDevice = 2048;

    private readonly HfTokenizer? _tokenizer;
    private readonly ConstraintCache? _constraints;
    private readonly ConcurrentDictionary<string, Intrinsic> _intrinsics = new(StringComparer.Ordinal);
    private int _disposed;

    private AloraModel(string folder, ModelManifest manifest, AloraModelOptions options, int threads, ModelSession session, ILogger logger)
    {
        Folder = folder;
        IntraOpThreads = threads;
        Manifest = manifest;
        Session = session;
        Logger = logger;
        GenerationDefaults = GenerationDefaults.Read(folder, manifest);
        Adapters = new AdapterRegistry(folder, manifest, session.Memory, options.AllowAdaptersOfOtherBases, logger);
        _tokenizer = File.Exists(Path.Combine(folder, ModelFolder.Tokenizer)) ? HfTokenizer.Load(folder) : null;
        _constraints = _tokenizer is null ? null : new ConstraintCache(_tokenizer, manifest.VocabularySize);
        ChatTemplate = ChatTemplate.TryLoad(folder, out ChatTemplate? template) ? template : null;
    }

    /// <summary>Absolute path of the model folder.</summary>
    public string Folder { get; }

    /// <summary>Sizes, types and identity of the model.</summary>
    public ModelManifest Manifest { get; }

    /// <summary>The model's adapters.</summary>
    public AdapterRegistry Adapters { get; }

    /// <summary>The model's tokenizer.</summary>
    /// <exception cref="ModelFormatException">The folder has no <c>tokenizer.json</c>; the model works on ids only.</exception>
    public HfTokenizer Tokenizer => _tokenizer
        ?? throw new ModelFormatException($"{Path.Combine(Folder, ModelFolder.Tokenizer)} is missing, so that no text can be read or written. Copy it from the checkpoint, or work with token ids.");

    /// <summary>The model's chat template; null if the checkpoint has none.</summary>
    public ChatTemplate? ChatTemplate { get; }

    /// <summary>Name of ONNX Runtime's execution provider that computes, such as <c>CPUExecutionProvider</c>.</summary>
    public string ExecutionProvider => Session.ProviderName;

    /// <summary>Threads that compute one run on the processor: those of <see cref="AloraModelOptions.IntraOpThreads"/>, or the physical cores that were found.</summary>
    public int IntraOpThreads { get; }

    internal HfTokenizer? TokenizerOrNull => _tokenizer;

    internal GenerationDefaults GenerationDefaults { get; }

    internal ModelSession Session { get; }

    internal ILogger Logger { get; }

    internal bool IsDisposed => Volatile.Read(ref _disposed) != 0;

    /// <summary>Opens a model folder.</summary>
    /// <param name="folder">Path of a folder that <c>alora export</c> wrote.</param>
    /// <param name="options">How to open it; null is all defaults.</param>
    /// <returns>The model, which the caller disposes.</returns>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="ModelFormatException">A file is missing or malformed, or the files do not fit each other.</exception>
    /// <exception cref="TemplateException">The chat template is no valid Jinja.</exception>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="InvalidOperationException">The native ONNX Runtime can't be loaded, or <see cref="AloraModelOptions.ExecutionProvider"/> is not there or cannot compute the model.</exception>
    public static AloraModel Open(string folder, AloraModelOptions? options = null) => Open(folder, options, CancellationToken.None);

    /// <summary>Opens a model folder on another thread.</summary>
    /// <inheritdoc cref="Open(string, AloraModelOptions?)"/>
    /// <param name="folder">Path of a folder that <c>alora export</c> wrote.</param>
    /// <param name="options">How to open it; null is all defaults.</param>
    /// <param name="cancellationToken">Ends the load as soon as ONNX Runtime can.</param>
    public static Task<AloraModel> OpenAsync(string folder, AloraModelOptions? options = null, CancellationToken cancellationToken = default) =>
        Task.Run(() => Open(folder, options, cancellationToken), cancellationToken);

    /// <summary>An empty conversation, which the caller disposes.</summary>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public Conversation CreateConversation()
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        return new Conversation(this, new Sequence(Session));
    }

    /// <summary>Opens an adapter as an intrinsic: with its <c>io.yaml</c>, or with what its <c>adapter.json</c> says. Loads the adapter if necessary; read once.</summary>
    /// <param name="adapter">Name of the adapter.</param>
    /// <exception cref="ArgumentException">There is no such adapter.</exception>
    /// <exception cref="ModelFormatException">The adapter or its definition is malformed, the invocation's text does not give the adapter's ids, or the model has no tokenizer.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public Intrinsic OpenIntrinsic(string adapter)
    {
        ArgumentException.ThrowIfNullOrEmpty(adapter);
        Adapter loaded = Adapters.Get(adapter);
        if (_intrinsics.TryGetValue(adapter, out Intrinsic? intrinsic) && ReferenceEquals(intrinsic.Adapter, loaded))
        {
            return intrinsic;
        }

        return _intrinsics[adapter] = Intrinsic.Open(this, loaded);
    }

    /// <summary>Opens a conversation that <see cref="Conversation.SaveAsync"/> wrote; nothing is computed again.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="cancellationToken">Cancels between layers.</param>
    /// <returns>The conversation, which the caller disposes.</returns>
    /// <exception cref="ModelFormatException">The file is missing or malformed, or belongs to another model or another export of it.</exception>
    /// <exception cref="InsufficientMemoryException">The memory is not available.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public Task<Conversation> LoadConversationAsync(string path, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        return Task.Run(() => new Conversation(this, SavedConversationReader.Read(path, Session, cancellationToken)), cancellationToken);
    }

    /// <summary>Ends new operations and frees what is not in use. A second call does nothing.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            Adapters.Close();
            Session.Close();
        }
    }

    /// <inheritdoc cref="Dispose"/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Renders messages with the model's template and encodes the text with the special tokens that it spells out.</summary>
    internal int[] Encode(IReadOnlyList<PromptMessage> messages, PromptOptions options)
    {
        ChatTemplate template = ChatTemplate
            ?? throw new InvalidOperationException($"{Folder} has no chat template, so that messages can't be made into a prompt. Prompt with token ids, or put the checkpoint's chat_template.jinja there.");
        return Tokenizer.Encode(template.Render(messages, options.AddGenerationPrompt, options.TemplateVariables, options.TemplateOptions));
    }

    /// <summary>Text of ids for messages; null if there is no tokenizer.</summary>
    internal string? TextOf(IReadOnlyList<int> tokens) => _tokenizer?.Decode([.. tokens]);

    /// <summary>Id of a text that must be exactly one token.</summary>
    internal int SingleTokenOf(string text)
    {
        int[] ids = Tokenizer.Encode(text);
        return ids.Length == 1
            ? ids[0]
            : throw new ArgumentException($"The choice \"{text}\" is {ids.Length} tokens [{string.Join(", ", ids)}]; only choices of one token have a probability.", nameof(text));
    }

    /// <summary>Refuses stop strings and constraints where there is no text that they could be about.</summary>
    internal void CheckText(SamplingSettings settings)
    {
        if ((settings.StopStrings.Count > 0 || settings.Constraint is not null) && _tokenizer is null)
        {
            throw new InvalidOperationException($"Stop strings and constraints need a tokenizer, but {Folder} has no {ModelFolder.Tokenizer}. Use stop tokens, or copy the tokenizer from the checkpoint.");
        }
    }

    /// <summary>Prepares a generation behind a sequence; see <see cref="TokenGenerator"/>.</summary>
    internal TextGenerator CreateGenerator(ITokenSequence sequence, SamplingSettings settings, long started, int reused)
    {
        CheckText(settings);
        CompiledConstraint? constraint = settings.Constraint is null ? null : _constraints!.Get(settings.Constraint);
        LogprobReader? logprobs = settings.TopLogprobs == 0 ? null : new LogprobReader(settings.TopLogprobs, _tokenizer);
        TokenGenerator tokens = new(sequence, settings, Manifest.VocabularySize, started, reused, constraint, logprobs, _tokenizer);
        return new TextGenerator(tokens, settings, _tokenizer);
    }

    private static AloraModel Open(string folder, AloraModelOptions? options, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        options ??= new AloraModelOptions();
        options.Check();
        long started = Stopwatch.GetTimestamp();
        folder = Path.GetFullPath(folder);
        ModelManifest manifest = ModelFolder.Read(folder);
        int threads = options.IntraOpThreads ?? ProcessorTopology.UsableCores();
        SessionFactory.CheckNativeRuntime();
        ChosenProvider provider = ProviderChooser.Choose(options.ExecutionProvider, manifest);
        ILogger logger = options.LoggerFactory?.CreateLogger(AloraDiagnostics.Name) ?? NullLogger.Instance;
        ModelGraphs graphs = ModelGraphs.Open(folder, manifest, threads, provider, logger, cancellationToken);
        int chunk = options.PrefillChunkSize ?? (provider.Device is null ? ChunkOfHost : ChunkOfDevice);
        ModelSession session = new(graphs, manifest, KvLayout.Of(manifest, options.MaxContextLength), chunk, options.PrefixCacheBytes);
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            AloraModel model = new(folder, manifest, options, threads, session, logger);
            logger.ProviderChosen(provider.Name, provider.Reason);
            logger.ModelOpened(folder, manifest.Architecture, manifest.Precision.Name, threads, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            return model;
        }
        catch
        {
            session.Release();
            throw;
        }
    }
}
