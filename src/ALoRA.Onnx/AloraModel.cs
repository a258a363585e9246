using System.Collections.Concurrent;
using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Saving;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ALoRA.Onnx;

/// <summary>
/// An exported model: graph, tokenizer, chat template and adapters, shared by any number of conversations. Thread-safe.
/// </summary>
/// <remarks>
/// After the model is disposed, new operations on its conversations throw <see cref="ObjectDisposedException"/>. Operations that
/// are already running complete; the memory of the graph is freed once the last conversation is disposed, too.
/// </remarks>
public sealed class AloraModel : IAsyncDisposable, IDisposable
{
    private readonly ConcurrentDictionary<string, Intrinsic> _intrinsics = new(StringComparer.Ordinal);
    private int _disposed;

    private AloraModel(LoadedModel loaded) => Loaded = loaded;

    /// <summary>Absolute path of the model folder.</summary>
    public string Folder => Loaded.Folder;

    /// <summary>Sizes, types and identity of the model.</summary>
    public ModelManifest Manifest => Loaded.Manifest;

    /// <summary>The model's adapters.</summary>
    public AdapterRegistry Adapters => Loaded.Adapters;

    /// <summary>The model's tokenizer.</summary>
    /// <exception cref="ModelFormatException">The folder has no <c>tokenizer.json</c>; the model works on ids only.</exception>
    public HfTokenizer Tokenizer => Loaded.Tokenizer;

    /// <summary>The model's chat template; null if the checkpoint has none.</summary>
    public ChatTemplate? ChatTemplate => Loaded.ChatTemplate;

    /// <summary>Turns messages into the token ids of a prompt: renders them with the chat template and tokenizes the text.</summary>
    /// <exception cref="ModelFormatException">The folder has no <c>tokenizer.json</c>.</exception>
    public PromptEncoder PromptEncoder => Loaded.PromptEncoder;

    /// <summary>
    /// Largest number of tokens of a conversation: the model's context length,
    /// or <see cref="AloraModelOptions.MaxContextLength"/> if that is shorter.
    /// </summary>
    public int MaxLength => Loaded.Session.CacheLayout.MaxLength;

    /// <summary>Name of the ONNX Runtime execution provider that runs the model, such as <c>CPUExecutionProvider</c>.</summary>
    public string ExecutionProvider => Loaded.Session.ProviderName;

    /// <summary>
    /// CPU threads used by one run: <see cref="AloraModelOptions.IntraOpThreads"/>, or the number of physical cores if that is null.
    /// </summary>
    public int IntraOpThreads => Loaded.IntraOpThreads;

    internal LoadedModel Loaded { get; }

    internal bool IsDisposed => Volatile.Read(ref _disposed) != 0;

    /// <summary>Opens a model folder.</summary>
    /// <param name="folder">Path of a folder that <c>alora export</c> wrote.</param>
    /// <param name="options">How to open it; null is all defaults.</param>
    /// <returns>The model, which the caller disposes.</returns>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="ModelFormatException">A file is missing or malformed, or the files do not belong together.</exception>
    /// <exception cref="TemplateException">The chat template is not valid Jinja.</exception>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="InvalidOperationException">
    /// The native ONNX Runtime can't be loaded, or <see cref="AloraModelOptions.ExecutionProvider"/>
    /// is not available or cannot run the model.
    /// </exception>
    public static AloraModel Open(string folder, AloraModelOptions? options = null) => Open(folder, options, CancellationToken.None);

    /// <summary>Opens a model folder on another thread.</summary>
    /// <inheritdoc cref="Open(string, AloraModelOptions?)"/>
    /// <param name="folder">Path of a folder that <c>alora export</c> wrote.</param>
    /// <param name="options">How to open it; null is all defaults.</param>
    /// <param name="cancellationToken">Ends the load as soon as ONNX Runtime can.</param>
    public static Task<AloraModel> OpenAsync(
        string folder, AloraModelOptions? options = null, CancellationToken cancellationToken = default) =>
        Task.Run(() => Open(folder, options, cancellationToken), cancellationToken);

    /// <summary>Creates an empty conversation, which the caller disposes.</summary>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public Conversation CreateConversation() => CreateConversation(cacheScope: null);

    /// <inheritdoc cref="CreateConversation()"/>
    /// <param name="cacheScope">For whom it computes, its <see cref="Conversation.CacheScope"/>; null for none.</param>
    /// <exception cref="ArgumentException">The scope is an empty text.</exception>
    public Conversation CreateConversation(string? cacheScope)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        SequenceChecks.CheckScope(cacheScope);
        return new Conversation(this, new Sequence(Loaded.Session, cacheScope));
    }

    /// <summary>Counts the tokens of a prompt without computing it; it may be longer than <see cref="MaxLength"/>.</summary>
    /// <param name="messages">The messages, oldest first.</param>
    /// <param name="options">
    /// How they are rendered; null is all defaults, with which the opening of the assistant's turn counts, too. Adapter and cache scope
    /// make no difference; an invocation counts where the template writes it.
    /// </param>
    /// <param name="cancellationToken">Cancels between rendering and encoding, and between the pieces of the text.</param>
    /// <returns>
    /// As many tokens as <see cref="Conversation.PromptAsync(IReadOnlyList{PromptMessage}, PromptOptions?, CancellationToken)"/> with the
    /// same options reuses and computes. Of a text alone: <see cref="HfTokenizer.CountTokens"/>.
    /// </returns>
    /// <remarks>Thread-safe.</remarks>
    /// <exception cref="InvalidOperationException">There is no chat template.</exception>
    /// <exception cref="ModelFormatException">The folder has no <c>tokenizer.json</c>.</exception>
    /// <exception cref="SpecialTokenException">A value spells out a special token, and the options refuse those.</exception>
    /// <exception cref="TemplateException">The template does not accept the messages, failed or reached a limit.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public int CountTokens(
        IReadOnlyList<PromptMessage> messages, PromptOptions? options = null, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        ArgumentNullException.ThrowIfNull(messages);
        options ??= new PromptOptions();
        PromptEncodingOptions encoding = new() { SpecialTokens = options.SpecialTokens, Template = options.TemplateOptions };
        return PromptEncoder.EncodePrompt(messages, options.AddGenerationPrompt, options.TemplateVariables, encoding, cancellationToken)
            .Ids.Length;
    }

    /// <summary>
    /// Opens an adapter as an intrinsic, defined by its <c>io.yaml</c> or else by its <c>adapter.json</c>.
    /// Loads the adapter if necessary. The definition is read once and kept.
    /// </summary>
    /// <param name="adapter">Name of the adapter.</param>
    /// <exception cref="ArgumentException">There is no such adapter.</exception>
    /// <exception cref="ModelFormatException">
    /// The adapter or its definition is malformed, the text of the invocation does not tokenize to the adapter's ids,
    /// or the model has no tokenizer.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public Intrinsic OpenIntrinsic(string adapter)
    {
        ArgumentException.ThrowIfNullOrEmpty(adapter);
        Adapter loaded = Adapters.Get(adapter);
        if (_intrinsics.TryGetValue(adapter, out Intrinsic? intrinsic) && ReferenceEquals(intrinsic.Adapter, loaded))
        {
            return intrinsic;
        }

        return _intrinsics[adapter] = Intrinsic.Open(Loaded, loaded);
    }

    /// <summary>
    /// Compiles a JSON schema to a constraint for <see cref="GenerationOptions.Constraint"/>, like
    /// <see cref="TokenConstraint.FromJsonSchema(string)"/>. The 64 most recently used schemas are kept compiled.
    /// </summary>
    /// <param name="schema">The schema as JSON text.</param>
    /// <param name="cancellationToken">Ends the compilation of a large schema.</param>
    /// <returns>The constraint, the same one for the same text.</returns>
    /// <exception cref="JsonSchemaException">
    /// The schema is not JSON, is malformed, too large, can't be satisfied, or has a keyword that can't be enforced.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public TokenConstraint JsonConstraint(string schema, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(schema);
        return Loaded.JsonConstraint(schema, cancellationToken);
    }

    /// <summary>
    /// Opens a conversation that <see cref="Conversation.SaveAsync(string, CancellationToken)"/> wrote, without computing anything again.
    /// Its keys and values serve this conversation and its forks alone, as a file need not tell the truth.
    /// </summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="cancellationToken">Cancels between layers.</param>
    /// <returns>The conversation, which the caller disposes.</returns>
    /// <exception cref="ModelFormatException">
    /// The file is missing or malformed, or belongs to another model or another export of it.
    /// </exception>
    /// <exception cref="InsufficientMemoryException">The memory is not available.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public Task<Conversation> LoadConversationAsync(string path, CancellationToken cancellationToken = default) =>
        LoadConversationAsync(path, new LoadOptions(), cancellationToken);

    /// <summary>Opens a conversation that was saved with a key, and refuses every other file.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="options">The key.</param>
    /// <param name="cancellationToken">Cancels between layers.</param>
    /// <returns>The conversation, which the caller disposes.</returns>
    /// <exception cref="ArgumentException">The key has no bytes.</exception>
    /// <exception cref="ModelFormatException">
    /// The file is missing or malformed, belongs to another model or another export of it, or has no authentication code of the key.
    /// </exception>
    /// <exception cref="InsufficientMemoryException">The memory is not available.</exception>
    /// <exception cref="ObjectDisposedException">The model was disposed.</exception>
    public Task<Conversation> LoadConversationAsync(string path, LoadOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        return Task.Run(
            () => new Conversation(this, SavedConversationReader.Read(path, Loaded.Session, options.Key, cancellationToken)),
            cancellationToken);
    }

    /// <summary>Refuses new operations and frees what is not in use. A second call does nothing.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            Loaded.Close();
        }
    }

    /// <inheritdoc cref="Dispose"/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    private static AloraModel Open(string folder, AloraModelOptions? options, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        options ??= new AloraModelOptions();
        options.Check();
        ILogger logger = options.LoggerFactory?.CreateLogger(AloraDiagnostics.Name) ?? NullLogger.Instance;
        return new AloraModel(LoadedModel.Open(folder, options, logger, cancellationToken));
    }
}
