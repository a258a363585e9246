using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx;

/// <summary>How a model is opened. Values are checked when the model is opened.</summary>
public sealed record AloraModelOptions
{
    /// <summary>Threads that compute one run. The default, null, takes the physical cores that the process may use.</summary>
    public int? IntraOpThreads { get; init; }

    /// <summary>What computes: the processor or a device. The default value is <see cref="ExecutionProvider.Auto"/>.</summary>
    public ExecutionProvider ExecutionProvider { get; init; } = ExecutionProvider.Auto;

    /// <summary>
    /// Tokens computed in one run of a prefill; cancellation takes effect between runs.
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
    /// Memory in bytes for rows of earlier prompts, which every conversation of the model finds again by their tokens. The
    /// default value is 0: none is kept, and each conversation computes its own. What was not used for longest is given up first;
    /// <see cref="ModelManifest"/> gives the size of a token: 2 · layers · key/value heads · head size · bytes of an element.
    /// </summary>
    /// <remarks>
    /// Prompts and appended tokens of the base take part, and those of an aLoRA up to its first adapted token.
    /// <see cref="TokenUsage.ReusedTokens"/> counts what was found.
    /// Models whose rotary embedding switches with the length of the context keep none.
    /// </remarks>
    public long PrefixCacheBytes { get; init; }

    /// <summary>
    /// Whether adapters that were converted for another base may be loaded if their shapes fit.
    /// The default value is <see langword="false"/>: they are refused.
    /// </summary>
    public bool AllowAdaptersOfOtherBases { get; init; }

    /// <summary>
    /// Where log messages go. The default, null, is nowhere. Texts and tokens are only written at <see cref="LogLevel.Trace"/>.
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

        ArgumentNullException.ThrowIfNull(ExecutionProvider);
        ExecutionProvider.Check();
        ArgumentOutOfRangeException.ThrowIfNegative(PrefixCacheBytes);
        if (MaxContextLength is int context)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(context, 1, nameof(MaxContextLength));
        }
    }
}
