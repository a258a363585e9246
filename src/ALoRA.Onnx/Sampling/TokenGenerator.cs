using System.Diagnostics;
using ALoRA.Onnx.Inference;

namespace ALoRA.Onnx.Sampling;

/// <summary>The decode loop: sample an id from the last logits, append it, decide whether to stop. Knows no text.</summary>
internal sealed class TokenGenerator
{
    private readonly ITokenSequence _sequence;
    private readonly SamplingSettings _settings;
    private readonly Sampler _sampler;
    private readonly long _started;
    private readonly int _reused;
    private readonly int _computed;
    private long _firstToken;
    private long _lastToken;

    /// <summary>Prepares a generation behind a sequence.</summary>
    /// <param name="sequence">The sequence that grows; not owned.</param>
    /// <param name="settings">How ids are chosen and when to stop.</param>
    /// <param name="vocabulary">Size of a row of logits.</param>
    /// <param name="started">Timestamp of the operation's start.</param>
    /// <param name="reused">Prompt tokens that were in the cache at the start.</param>
    /// <exception cref="InvalidOperationException">There is no token to continue from, or no room for one more.</exception>
    public TokenGenerator(ITokenSequence sequence, SamplingSettings settings, int vocabulary, long started, int reused)
    {
        if (sequence.Length == 0)
        {
            throw new InvalidOperationException("The conversation is empty; there is nothing to continue. Append a prompt first.");
        }

        if (sequence.Length >= sequence.MaxLength)
        {
            throw new InvalidOperationException($"The context of {sequence.MaxLength} tokens is full. Rewind the conversation or start another one.");
        }

        _sequence = sequence;
        _settings = settings;
        _sampler = new Sampler(settings, vocabulary);
        _started = started;
        _reused = reused;
        _computed = sequence.Length - reused;
        sequence.EnsureTokenCapacity((int)Math.Min((long)sequence.Length + settings.MaxNewTokens, sequence.MaxLength));
    }

    /// <summary>Tokens generated so far.</summary>
    public int Count { get; private set; }

    /// <summary>Why the generation is over; null while it is not.</summary>
    public FinishReason? FinishReason { get; private set; }

    /// <summary>Figures so far.</summary>
    public TokenUsage Usage => new()
    {
        ReusedTokens = _reused,
        ComputedTokens = _computed,
        GeneratedTokens = Count,
        TimeToFirstToken = Count > 0 ? Stopwatch.GetElapsedTime(_started, _firstToken) : TimeSpan.Zero,
        TimePerToken = Count > 1 ? Stopwatch.GetElapsedTime(_firstToken, _lastToken) / (Count - 1) : TimeSpan.Zero,
    };

    /// <summary>Generates the next id. Allocates nothing unless the cache grows.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled; the ids so far stay in the sequence.</exception>
    public int Next(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        int id = _sampler.Sample(_sequence.LastLogits(cancellationToken), _sequence.TokenSpan);
        _sequence.Append(id);
        _lastToken = Stopwatch.GetTimestamp();
        if (Count++ == 0)
        {
            _firstToken = _lastToken;
        }

        FinishReason = _settings.StopTokens.Contains(id) ? Onnx.FinishReason.StopToken
            : Count == _settings.MaxNewTokens ? Onnx.FinishReason.MaxNewTokens
            : _sequence.Length == _sequence.MaxLength ? Onnx.FinishReason.ContextFull
            : null;
        return id;
    }

    /// <summary>Ends the generation because of its text.</summary>
    public void Stop() => FinishReason = Onnx.FinishReason.StopString;
}
