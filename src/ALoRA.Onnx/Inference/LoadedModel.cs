using System.Diagnostics;
using ALoRA.Onnx.Caching;
using ALoRA.Onnx.Constraints;
using ALoRA.Onnx.Constraints.Masks;
using ALoRA.Onnx.Devices;
using ALoRA.Onnx.Models;
using ALoRA.Onnx.Sampling;
using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Inference;

/// <summary>What is open of a model: files, graphs and adapters, on which all layers above work. Never changed, thread-safe.</summary>
internal sealed class LoadedModel
{
    private const int ChunkOfHost = 512;
    private const int ChunkOfDevice = 2048;

    private readonly HfTokenizer? _tokenizer;
    private readonly PromptEncoder? _promptEncoder;
    private readonly ConstraintCache? _constraints;

    private LoadedModel(string folder, ModelManifest manifest, AloraModelOptions options, int threads, ModelSession session, ILogger logger)
    {
        Folder = folder;
        IntraOpThreads = threads;
        Manifest = manifest;
        Session = session;
        Logger = logger;
        GenerationDefaults = GenerationDefaults.Read(folder, manifest);
        Adapters = new AdapterRegistry(folder, manifest, session.Memory, options.AllowAdaptersOfOtherBases, logger, session.Tables);
        _tokenizer = File.Exists(Path.Combine(folder, ModelFolder.Tokenizer)) ? HfTokenizer.Load(folder) : null;
        _constraints = _tokenizer is null ? null : new ConstraintCache(_tokenizer, manifest.VocabularySize);
        ChatTemplate = ChatTemplate.TryLoad(folder, out ChatTemplate? template) ? template : null;
        _promptEncoder = _tokenizer is null ? null : new PromptEncoder(_tokenizer, template, folder);
    }

    /// <summary>Absolute path of the model folder.</summary>
    public string Folder { get; }

    public ModelManifest Manifest { get; }

    public ModelSession Session { get; }

    public AdapterRegistry Adapters { get; }

    /// <summary>The model's chat template; null if the checkpoint has none.</summary>
    public ChatTemplate? ChatTemplate { get; }

    /// <summary>What a generation does where its options say nothing.</summary>
    public GenerationDefaults GenerationDefaults { get; }

    public ILogger Logger { get; }

    /// <summary>Threads that compute one run on the processor.</summary>
    public int IntraOpThreads { get; }

    /// <summary>The model's tokenizer.</summary>
    /// <exception cref="ModelFormatException">The folder has none.</exception>
    public HfTokenizer Tokenizer => _tokenizer ?? throw NoTokenizer();

    /// <summary>Makes prompts of messages.</summary>
    /// <exception cref="ModelFormatException">The folder has no tokenizer.</exception>
    public PromptEncoder PromptEncoder => _promptEncoder ?? throw NoTokenizer();

    /// <summary>Opens a model folder; the exceptions are those of <see cref="AloraModel.Open(string, AloraModelOptions?)"/>.</summary>
    /// <param name="folder">Path of the folder.</param>
    /// <param name="options">How to open it, checked.</param>
    /// <param name="logger">Where messages go.</param>
    /// <param name="cancellationToken">Ends the load as soon as ONNX Runtime can.</param>
    /// <returns>The model, which the caller closes.</returns>
    public static LoadedModel Open(string folder, AloraModelOptions options, ILogger logger, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        folder = Path.GetFullPath(folder);
        ModelManifest manifest = ModelFolder.Read(folder);
        int threads = options.IntraOpThreads ?? ProcessorTopology.UsableCores();
        SessionFactory.CheckNativeRuntime();
        ChosenProvider provider = ProviderChooser.Choose(options.ExecutionProvider, manifest);
        ModelGraphs graphs = ModelGraphs.Open(
            folder, manifest, threads, options.LoadWeights, provider, options.Operators, logger, cancellationToken);
        int chunk = options.PrefillChunkSize ?? (provider.Device is null ? ChunkOfHost : ChunkOfDevice);
        KvLayout layout = KvLayout.Of(manifest, options.MaxContextLength);
        PrefixCache? prefixes = options.PrefixCacheBytes == 0 || manifest.RotarySwitchLength is not null
            ? null
            : new PrefixCache(layout, options.PrefixCacheBytes, options.ShareAcrossCacheScopes);
        ModelSession session = new(graphs, manifest, layout, chunk, prefixes, logger);
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            LoadedModel model = new(folder, manifest, options, threads, session, logger);
            logger.ProviderChosen(provider.Name, provider.Reason);
            TimeSpan elapsed = Stopwatch.GetElapsedTime(started);
            logger.ModelOpened(folder, manifest.Architecture, manifest.Precision.Name, threads, elapsed.TotalMilliseconds);
            return model;
        }
        catch
        {
            session.Release();
            throw;
        }
    }

    /// <summary>Ends new operations and frees what is not in use.</summary>
    public void Close()
    {
        Adapters.Close();
        Session.Close();
    }

    /// <summary>The constraint of a JSON schema; kept where there is a tokenizer to compile it for.</summary>
    public TokenConstraint JsonConstraint(string schema, CancellationToken cancellationToken) => _constraints is null
        ? TokenConstraint.FromJsonSchema(schema, new JsonConstraintOptions(), cancellationToken)
        : _constraints.JsonConstraint(schema, cancellationToken);

    /// <summary>Text of ids for messages; null if there is no tokenizer.</summary>
    public string? TextOf(IReadOnlyList<int> tokens) => _tokenizer?.Decode([.. tokens]);

    /// <summary>Id of a text that must be exactly one token.</summary>
    public int SingleTokenOf(string text)
    {
        int[] ids = Tokenizer.Encode(text);
        return ids.Length == 1
            ? ids[0]
            : throw new ArgumentException(
                $"The choice \"{text}\" is {ids.Length} tokens [{string.Join(", ", ids)}]; only choices of one token have a probability.",
                nameof(text));
    }

    /// <summary>Refuses stop strings and constraints where there is no text that they could be about.</summary>
    public void CheckText(SamplingSettings settings)
    {
        if ((settings.StopStrings.Count > 0 || settings.Constraint is not null) && _tokenizer is null)
        {
            throw new InvalidOperationException(
                $"Stop strings and constraints need a tokenizer, but {Folder} has no {ModelFolder.Tokenizer}. "
                + "Use stop tokens, or copy the tokenizer from the checkpoint.");
        }
    }

    /// <summary>Prepares a generation behind a conversation.</summary>
    public TextGenerator CreateGenerator(Sequence sequence, GenerationOptions options)
    {
        int reused = sequence.HasLogits || sequence.ComputedLength < sequence.Length ? sequence.ComputedLength : sequence.Length - 1;
        return CreateGenerator(sequence, SamplingSettings.Resolve(options, GenerationDefaults), Stopwatch.GetTimestamp(), reused);
    }

    /// <summary>The constraint of settings for this model's vocabulary; null if there is none.</summary>
    public CompiledConstraint? Compile(SamplingSettings settings)
    {
        CheckText(settings);
        return settings.Constraint is null ? null : _constraints!.Get(settings.Constraint);
    }

    /// <summary>Prepares a generation behind a sequence; see <see cref="TokenGenerator"/>.</summary>
    public TextGenerator CreateGenerator(ITokenSequence sequence, SamplingSettings settings, long started, int reused) =>
        CreateGenerator(sequence, settings, Compile(settings), started, reused);

    /// <summary>
    /// Prepares a generation behind a sequence, with the constraint of its settings compiled before. The last ids of the sequence may be
    /// the answer's first ones: it goes on as if it had chosen them.
    /// </summary>
    public TextGenerator CreateGenerator(
        ITokenSequence sequence, SamplingSettings settings, CompiledConstraint? constraint, long started, int reused, int answered = 0)
    {
        LogprobReader? logprobs = settings.TopLogprobs == 0 ? null : new LogprobReader(settings.TopLogprobs, _tokenizer);
        TokenGenerator generator = new(
            sequence, settings, Manifest.VocabularySize, started, reused, constraint, logprobs, _tokenizer, answered);
        try
        {
            TextGenerator texts = new(generator, settings, _tokenizer);
            texts.Replay(answered);
            return texts;
        }
        catch
        {
            generator.Dispose();
            throw;
        }
    }

    private ModelFormatException NoTokenizer() => new(
        $"{Path.Combine(Folder, ModelFolder.Tokenizer)} is missing, so that no text can be read or written. "
        + "Copy it from the checkpoint, or work with token ids.");
}
