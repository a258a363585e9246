using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx;

/// <summary>How a model is opened. Values are checked when the model is opened.</summary>
public sealed record AloraModelOptions
{
    /// <summary>CPU threads used by one run. The default, null, is the number of physical cores that the process may use.</summary>
    public int? IntraOpThreads { get; init; }

    /// <summary>Where the model runs: on the CPU or on a device. The default value is <see cref="ExecutionProvider.Auto"/>.</summary>
    public ExecutionProvider ExecutionProvider { get; init; } = ExecutionProvider.Auto;

    /// <summary>
    /// Whether the file of the weights is mapped or read.
    /// The default value is <see cref="WeightLoading.Map"/>, for which the file must not be changed while the model is open.
    /// </summary>
    public WeightLoading LoadWeights { get; init; }

    /// <summary>
    /// Whether single tokens and short runs of adapters are computed by operators of the library's own, which cost less than the four nodes
    /// of a branch. The default value is <see cref="OperatorUse.Auto"/>. Each adapter in use takes the memory of its weights once more.
    /// </summary>
    public OperatorUse Operators { get; init; }

    /// <summary>
    /// Tokens per run of a prefill; cancellation takes effect between runs.
    /// The default, null, is 512 on the CPU and 2,048 on a device.
    /// </summary>
    /// <remarks>Larger chunks need more memory for activations, smaller ones read the weights more often.</remarks>
    public int? PrefillChunkSize { get; init; }

    /// <summary>
    /// Longest context of a conversation in tokens.
    /// The default, null, is the model's own (<see cref="ModelManifest.MaxPositions"/>), which is also the largest value.
    /// </summary>
    public int? MaxContextLength { get; init; }

    /// <summary>
    /// Size in bytes of the prefix cache: keys and values of earlier prompts, which any conversation of the model reuses for the same
    /// tokens. The default value is 0: there is no prefix cache. The least recently used prefixes are evicted first. A token takes
    /// 2 · layers · key/value heads · head size · bytes of an element, all of which are in <see cref="ModelManifest"/>.
    /// </summary>
    /// <remarks>
    /// <para>
    /// It holds what the base model computed: prompts, appended tokens, and the tokens of an aLoRA before its first adapted one; and what
    /// an adapter computed that adapts all tokens, for that adapter only, which is told from others by the content of its weights.
    /// <see cref="TokenUsage.ReusedTokens"/> includes what was found there. It is not used for models whose rotary embedding changes
    /// with the length of the context.
    /// </para>
    /// <para>
    /// Number and time of reused tokens tell whether someone has sent the same text before. Conversations of one
    /// <see cref="PromptOptions.CacheScope"/> reuse any number of each other's tokens; those without a scope may belong to strangers and
    /// reuse whole blocks of 32 of each other's, so that nobody can guess a text token by token; different scopes reuse nothing.
    /// </para>
    /// </remarks>
    public long PrefixCacheBytes { get; init; }

    /// <summary>
    /// Whether conversations of different <see cref="PromptOptions.CacheScope"/> may reuse whole blocks of 32 of each other's tokens in the
    /// prefix cache, so that a long system prompt is computed once for all. The default value is <see langword="false"/>: nothing is reused
    /// across scopes. Who can guess a whole block of another scope's text, and where it begins, can then find out that it was there.
    /// </summary>
    public bool ShareAcrossCacheScopes { get; init; }

    /// <summary>
    /// Whether adapters that were converted for another base may be loaded if their shapes fit.
    /// The default value is <see langword="false"/>: they are refused.
    /// </summary>
    public bool AllowAdaptersOfOtherBases { get; init; }

    /// <summary>
    /// Receives log messages. The default, null, logs nothing. Text and tokens are only logged at <see cref="LogLevel.Trace"/>.
    /// </summary>
    public ILoggerFactory? LoggerFactory { get; init; }

    internal void Check()
    {
        if (IntraOpThreads is int threads)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1, nameof(IntraOpThreads));
        }

        if (PrefillChunkSize is int chunk)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(chunk, 1, nameof(PrefillChunkSize));
        }

        if (!Enum.IsDefined(LoadWeights))
        {
            throw new ArgumentOutOfRangeException(nameof(LoadWeights), LoadWeights, "Expected Map or Copy.");
        }

        if (!Enum.IsDefined(Operators))
        {
            throw new ArgumentOutOfRangeException(nameof(Operators), Operators, "Expected Auto or Off.");
        }

        ArgumentNullException.ThrowIfNull(ExecutionProvider);
        ExecutionProvider.Check();
        ArgumentOutOfRangeException.ThrowIfNegative(PrefixCacheBytes);
        if (MaxContextLength is int context)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(context, 1, nameof(MaxContextLength));
        }
    }
}
