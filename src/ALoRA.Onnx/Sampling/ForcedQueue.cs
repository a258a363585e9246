namespace ALoRA.Onnx.Sampling;

/// <summary>
/// Hands out the tokens of forced spans one by one. Where logits are needed, the whole span is appended and computed
/// in one run first, or, by sequences that cannot do that, token by token. Not thread-safe.
/// </summary>
internal sealed class ForcedQueue(ITokenSequence sequence, ConstrainedChoice choice, int vocabulary, bool needsLogits)
{
    private const int MaxRows = 16;
    private readonly List<int> _tokens = [];
    private float[] _logits = [];
    private int _next;
    private bool _isComputed;

    /// <summary>Whether tokens of a span are left that need no run before.</summary>
    public bool HasMore => _next < _tokens.Count && (_isComputed || !needsLogits);

    /// <summary>Takes the next token of a span, if one is running or begins here.</summary>
    /// <param name="last">The generated token before, or -1.</param>
    /// <param name="room">Tokens that may still be generated.</param>
    /// <param name="cancellationToken">Cancels the run.</param>
    /// <param name="id">The token.</param>
    /// <param name="before">The logits that it would have been chosen from; empty if none are needed. Valid until the next call.</param>
    public bool TryTake(int last, int room, CancellationToken cancellationToken, out int id, out ReadOnlySpan<float> before)
    {
        if (_next == _tokens.Count)
        {
            Begin(choice.Forced(last), room, cancellationToken);
        }

        bool found = _next < _tokens.Count;
        id = found ? _tokens[_next] : -1;
        before = !found || !needsLogits
            ? default
            : _isComputed
            ? _logits.AsSpan(_next * vocabulary, vocabulary)
            : sequence.LastLogits(cancellationToken);
        _next += found ? 1 : 0;
        return found;
    }

    /// <summary>Takes a token that was generated elsewhere, where a span of this queue may have begun with it or go on.</summary>
    /// <param name="last">The generated token before, or -1.</param>
    /// <param name="room">Tokens that could still be generated.</param>
    /// <param name="id">The token.</param>
    public void Replay(int last, int room, int id)
    {
        if (_next == _tokens.Count)
        {
            ReadOnlySpan<int> tokens = choice.Forced(last);
            _tokens.Clear();
            _next = 0;
            _isComputed = false;
            _tokens.AddRange(tokens[..Math.Min(tokens.Length, needsLogits ? Math.Min(room, MaxRows) : room)]);
        }

        if (_next < _tokens.Count && _tokens[_next] == id)
        {
            _next++;
        }
        else
        {
            _tokens.Clear();
            _next = 0;
        }
    }

    private void Begin(ReadOnlySpan<int> tokens, int room, CancellationToken cancellationToken)
    {
        _tokens.Clear();
        _next = 0;
        tokens = tokens[..Math.Min(tokens.Length, needsLogits ? Math.Min(room, MaxRows) : room)];
        if (needsLogits && tokens.Length > 0)
        {
            if (_logits.Length < tokens.Length * vocabulary)
            {
                _logits = new float[tokens.Length * vocabulary];
            }

            _isComputed = sequence.TryAppendAhead(tokens, _logits, cancellationToken);
        }

        _tokens.AddRange(tokens);
    }
}
