using System.Diagnostics;
using ALoRA.Onnx.Constraints.Masks;

namespace ALoRA.Onnx.Sampling;

/// <summary>The decode loop: choose an id from the last logits, append it, decide whether to stop. Knows no text.</summary>
internal sealed class TokenGenerator : IDisposable
{
    private readonly ITokenSequence _sequence;
    private readonly SamplingSettings _settings;
    private readonly Sampler _sampler;
    private readonly ConstrainedChoice? _choice;
    private readonly ForcedQueue? _forced;
    private readonly LogprobReader? _logprobs;
    private readonly long _started;
    private readonly int _reused;
    private readonly int _computed;
    private int _length;
    private long _firstToken;
    private long _lastToken;

    /// <summary>Prepares a generation behind a sequence.</summary>
    /// <param name="sequence">The sequence that grows; not owned.</param>
    /// <param name="settings">How ids are chosen and when to stop.</param>
    /// <param name="vocabulary">Size of a row of logits.</param>
    /// <param name="started">Timestamp of the operation's start.</param>
    /// <param name="reused">Prompt tokens that were in the cache at the start.</param>
    /// <param name="constraint">The constraint of the settings for the model; null if there is none.</param>
    /// <param name="logprobs">Reads log-probabilities; null if none are wanted.</param>
    /// <param name="tokenizer">The model's tokenizer, for own processors; null if it has none.</param>
    /// <param name="answered">
    /// Ids at the sequence's end that are the answer's first ones, each to be replayed before more are generated.
    /// </param>
    /// <exception cref="InvalidOperationException">
    /// There is no token to continue from, no room for one more, or an own processor's factory gives null.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">The bias is about an id outside of the vocabulary.</exception>
    public TokenGenerator(
        ITokenSequence sequence,
        SamplingSettings settings,
        int vocabulary,
        long started,
        int reused,
        CompiledConstraint? constraint = null,
        LogprobReader? logprobs = null,
        HfTokenizer? tokenizer = null,
        int answered = 0)
    {
        if (sequence.Length == 0)
        {
            throw new InvalidOperationException("The conversation is empty; there is nothing to continue. Append a prompt first.");
        }

        if (sequence.Length >= sequence.MaxLength)
        {
            throw new InvalidOperationException(
                $"The context of {sequence.MaxLength} tokens is full. Rewind the conversation or start another one.");
        }

        _sequence = sequence;
        _settings = settings;
        _logprobs = logprobs;
        _started = started;
        _reused = reused;
        _length = sequence.Length - answered;
        _computed = Math.Max(_length - reused, 0);
        sequence.EnsureTokenCapacity((int)Math.Min((long)_length + settings.MaxNewTokens, sequence.MaxLength));
        if (constraint is not null)
        {
            _choice = new ConstrainedChoice(constraint, settings.StopTokens);
            _forced = settings.ForcedSpans ? new ForcedQueue(sequence, _choice, vocabulary, needsLogits: logprobs is not null) : null;
        }

        try
        {
            _sampler = new Sampler(settings, new GenerationContext(vocabulary, _length, settings.Options.Seed, tokenizer), _choice);
        }
        catch
        {
            // Own factories may throw anything, and nobody disposes what was never made.
            _choice?.Dispose();
            throw;
        }
    }

    /// <summary>Tokens generated so far.</summary>
    public int Count { get; private set; }

    /// <summary>Why the generation is over; null while it is not.</summary>
    public FinishReason? FinishReason { get; private set; }

    /// <summary>Log-probabilities of the last token; null if none are wanted.</summary>
    public TokenLogprobs? Logprobs { get; private set; }

    /// <summary>Whether the next id is known without logits.</summary>
    public bool IsNextForced => FinishReason is null && _forced is { HasMore: true };

    /// <summary>Figures so far.</summary>
    public TokenUsage Usage => new()
    {
        ReusedTokens = _reused,
        ComputedTokens = _computed,
        GeneratedTokens = Count,
        TimeToFirstToken = Count > 0 ? Stopwatch.GetElapsedTime(_started, _firstToken) : TimeSpan.Zero,
        TimePerToken = Count > 1 ? Stopwatch.GetElapsedTime(_firstToken, _lastToken) / (Count - 1) : TimeSpan.Zero,
    };

    /// <summary>
    /// Generates the next id. Allocates nothing unless the cache grows, a constraint gets to a new state, or log-probabilities are wanted.
    /// </summary>
    /// <exception cref="OperationCanceledException">It was cancelled; the ids so far stay in the sequence.</exception>
    /// <exception cref="InvalidOperationException">
    /// The logits hold no number, the vocabulary can't write what the constraint asks for, processors leave nothing, or an own sampler
    /// chooses an impossible id.
    /// </exception>
    public int Next(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        int id = Choose(cancellationToken);
        Take(id);
        return id;
    }

    /// <summary>Takes the next id of an answer that was begun elsewhere; the sequence has it already.</summary>
    /// <exception cref="InvalidOperationException">The constraint does not allow it.</exception>
    public int Replay()
    {
        int id = _sequence.TokenSpan[_length];
        _forced?.Replay(LastGenerated, Room, id);
        Take(id);
        return id;
    }

    private int LastGenerated => Count == 0 ? -1 : _sequence.TokenSpan[_length - 1];

    private int Room => Math.Min(_settings.MaxNewTokens - Count, _sequence.MaxLength - _length);

    private void Take(int id)
    {
        _choice?.Accept(id);
        if (_sequence.Length == _length)
        {
            _sequence.Append(id);
        }

        _length++;
        _lastToken = Stopwatch.GetTimestamp();
        if (Count++ == 0)
        {
            _firstToken = _lastToken;
        }

        FinishReason = _settings.StopTokens.Contains(id) ? Onnx.FinishReason.StopToken
            : _choice is { IsOver: true } ? Onnx.FinishReason.ConstraintComplete
            : Count == _settings.MaxNewTokens ? Onnx.FinishReason.MaxNewTokens
            : _length == _sequence.MaxLength ? Onnx.FinishReason.ContextFull
            : null;
    }

    /// <summary>Ends the generation because of its text.</summary>
    public void Stop()
    {
        FinishReason = Onnx.FinishReason.StopString;
        TakeBack();
    }

    /// <summary>Takes back what was appended but not given out. To be called once.</summary>
    public void Dispose()
    {
        TakeBack();
        _choice?.Dispose();
    }

    private void TakeBack()
    {
        if (_sequence.Length > _length)
        {
            _sequence.Rewind(_length);
        }
    }

    private int Choose(CancellationToken cancellationToken)
    {
        if (_choice is null)
        {
            ReadOnlySpan<float> logits = _sequence.LastLogits(cancellationToken);
            int id = _sampler.Sample(_sequence.TokenSpan, logits, logits);
            Logprobs = _logprobs?.Read(logits, logits, id);
            return id;
        }

        if (_forced is not null && _forced.TryTake(LastGenerated, Room, cancellationToken, out int forced, out ReadOnlySpan<float> before))
        {
            Logprobs = _logprobs?.Read(before, _choice.Mask(before, out _), forced);
            return forced;
        }

        return ChooseAllowed(_choice, _sequence.LastLogits(cancellationToken));
    }

    // A choice of one needs no random number, so that the numbers are the same however the span before was generated.
    private int ChooseAllowed(ConstrainedChoice choice, ReadOnlySpan<float> logits)
    {
        ReadOnlySpan<float> masked = choice.Mask(logits, out int only);
        int id = only >= 0 ? only : _sampler.Sample(_sequence.TokenSpan, logits, masked);
        Logprobs = _logprobs?.Read(logits, masked, id);
        return id;
    }
}
