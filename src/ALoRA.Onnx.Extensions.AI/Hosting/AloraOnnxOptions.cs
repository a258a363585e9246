namespace ALoRA.Onnx.Extensions.AI;

/// <summary>
/// Which model <c>AddAloraOnnx</c> serves, and how. Can be bound to configuration.
/// All values are checked when the host starts, and all failures are reported together.
/// </summary>
public sealed class AloraOnnxOptions
{
    /// <summary>Path of a folder that <c>alora export</c> wrote. Required; relative to the working directory.</summary>
    public string ModelFolder { get; set; } = "";

    /// <summary>
    /// Names of adapters that are loaded at startup, so that no request waits for them; each must be in the model's folder.
    /// The default is none: adapters are loaded on first use.
    /// </summary>
    public IList<string> Adapters { get; set; } = [];

    /// <summary>
    /// Whether the host opens the model and computes a first token at startup.
    /// The default value is <see langword="true"/>; otherwise the first request does so.
    /// </summary>
    public bool WarmUp { get; set; } = true;

    /// <inheritdoc cref="AloraModelOptions.IntraOpThreads"/>
    public int? IntraOpThreads { get; set; }

    /// <inheritdoc cref="AloraModelOptions.PrefillChunkSize"/>
    public int? PrefillChunkSize { get; set; }

    /// <summary>
    /// Where the model runs: <c>auto</c>, <c>cpu</c>, <c>cuda</c>, or the name of another execution provider of ONNX Runtime.
    /// The default value is <c>auto</c>; see <see cref="ExecutionProvider"/>.
    /// </summary>
    public string Provider { get; set; } = "auto";

    /// <inheritdoc cref="ExecutionProvider.LibraryPath"/>
    public string? ProviderLibrary { get; set; }

    /// <inheritdoc cref="ExecutionProvider.DeviceIndex"/>
    public int DeviceIndex { get; set; }

    /// <inheritdoc cref="ExecutionProvider.Options"/>
    public IDictionary<string, string> ProviderOptions { get; set; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <inheritdoc cref="AloraModelOptions.LoadWeights"/>
    public WeightLoading LoadWeights { get; set; }

    /// <inheritdoc cref="AloraModelOptions.Operators"/>
    public OperatorUse Operators { get; set; }

    /// <inheritdoc cref="AloraModelOptions.MaxContextLength"/>
    public int? MaxContextLength { get; set; }

    /// <inheritdoc cref="AloraModelOptions.PrefixCacheBytes"/>
    public long PrefixCacheBytes { get; set; }

    /// <inheritdoc cref="AloraModelOptions.ShareAcrossCacheScopes"/>
    public bool ShareAcrossCacheScopes { get; set; }

    /// <inheritdoc cref="AloraModelOptions.AllowAdaptersOfOtherBases"/>
    public bool AllowAdaptersOfOtherBases { get; set; }

    /// <inheritdoc cref="AloraChatClientOptions.MaxConcurrentRequests"/>
    public int MaxConcurrentRequests { get; set; } = new AloraChatClientOptions().MaxConcurrentRequests;

    /// <inheritdoc cref="AloraChatClientOptions.MaxQueuedRequests"/>
    public int MaxQueuedRequests { get; set; } = new AloraChatClientOptions().MaxQueuedRequests;

    /// <inheritdoc cref="AloraChatClientOptions.MaxQueueTime"/>
    public TimeSpan MaxQueueTime { get; set; } = new AloraChatClientOptions().MaxQueueTime;

    /// <inheritdoc cref="AloraChatClientOptions.MaxAnswerTokens"/>
    public int? MaxAnswerTokens { get; set; }

    /// <inheritdoc cref="AloraChatClientOptions.Strict"/>
    public bool Strict { get; set; } = true;

    /// <inheritdoc cref="AloraChatClientOptions.SpecialTokens"/>
    public SpecialTokenHandling SpecialTokens { get; set; }

    /// <inheritdoc cref="AloraChatClientOptions.MaxIdleConversations"/>
    public int MaxIdleConversations { get; set; } = new AloraChatClientOptions().MaxIdleConversations;

    /// <inheritdoc cref="AloraChatClientOptions.MaxIdleCacheBytes"/>
    public long MaxIdleCacheBytes { get; set; } = new AloraChatClientOptions().MaxIdleCacheBytes;

    /// <inheritdoc cref="AloraChatClientOptions.MaxStoredConversations"/>
    public int MaxStoredConversations { get; set; } = new AloraChatClientOptions().MaxStoredConversations;

    /// <inheritdoc cref="AloraChatClientOptions.ToolCallFormat"/>
    public ToolCallFormat ToolCallFormat { get; set; }
}
