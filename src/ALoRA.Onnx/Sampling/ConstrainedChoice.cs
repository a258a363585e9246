using ALoRA.Onnx.Constraints.Masks;

namespace ALoRA.Onnx.Sampling;

/// <summary>
/// Which ids a constraint leaves at each step of a generation, stop tokens included.
/// Not thread-safe; allocates nothing for states that the constraint has seen before.
/// </summary>
internal sealed class ConstrainedChoice : IDisposable
{
    private readonly CompiledConstraint _constraint;
    private readonly ConstraintMachine _machine;
    private readonly int[] _stops;
    private readonly float[] _masked;
    private readonly float[] _stopLogits;

    /// <param name="constraint">What is allowed; a machine of it is used until this object is disposed.</param>
    /// <param name="stops">Ids that end the text; they are possible where it is complete and nowhere else.</param>
    public ConstrainedChoice(CompiledConstraint constraint, IEnumerable<int> stops)
    {
        _constraint = constraint;
        _machine = constraint.Rent();
        int size = _machine.Vocabulary.Size;
        _stops = [.. stops.Where(stop => (uint)stop < (uint)size)];
        _masked = new float[size];
        _stopLogits = new float[_stops.Length];
    }

    /// <summary>Whether the text is complete, nothing may follow, and no stop token could say so.</summary>
    public bool IsOver => _stops.Length == 0 && _machine.IsComplete && _machine.IsAtEnd;

    /// <summary>The tokens that come next whatever the logits are; none if there is a choice.</summary>
    /// <param name="last">The generated token before, or -1.</param>
    public ReadOnlySpan<int> Forced(int last)
    {
        if (_machine.IsComplete && _machine.IsAtEnd)
        {
            return _stops.Length == 1 ? _stops : [];
        }

        return _machine.Forced(last);
    }

    /// <summary>The logits of what is possible next, negative infinity for everything else. Valid until the next call.</summary>
    /// <param name="logits">The model's row, float32 <c>[vocab]</c>.</param>
    /// <param name="only">The only possible id, or -1 if there are several.</param>
    /// <exception cref="InvalidOperationException">
    /// Nothing is possible: the vocabulary lacks the bytes that would have to follow.
    /// </exception>
    public ReadOnlySpan<float> Mask(ReadOnlySpan<float> logits, out int only)
    {
        TokenMask mask = _machine.Mask;
        mask.Apply(logits, _masked);
        bool complete = _machine.IsComplete;
        int count = mask.Count;
        only = count == 1 ? mask.First : -1;
        foreach (int stop in _stops)
        {
            count += (complete ? 1 : 0) - (mask.Contains(stop) ? 1 : 0);
            _masked[stop] = complete ? logits[stop] : float.NegativeInfinity;
        }

        if (count == 0)
        {
            throw new InvalidOperationException(
                "The constraint allows no token of the vocabulary to follow: the tokenizer lacks the bytes that would be needed. "
                + "Use a constraint that this vocabulary can write.");
        }

        if (count > 1)
        {
            only = -1;
        }
        else if (only < 0 || Array.IndexOf(_stops, only) >= 0)
        {
            only = Array.FindIndex(_masked, logit => logit > float.NegativeInfinity);
        }

        return _masked;
    }

    /// <summary>Makes everything negative infinity that is not possible next, in place.</summary>
    /// <param name="logits">A row that may be changed, float32 <c>[vocab]</c>.</param>
    public void Forbid(Span<float> logits)
    {
        bool complete = _machine.IsComplete;
        for (int i = 0; i < _stops.Length; i++)
        {
            _stopLogits[i] = complete ? logits[_stops[i]] : float.NegativeInfinity;
        }

        _machine.Mask.Forbid(logits);
        for (int i = 0; i < _stops.Length; i++)
        {
            logits[_stops[i]] = _stopLogits[i];
        }
    }

    /// <summary>Takes the chosen id.</summary>
    /// <exception cref="InvalidOperationException">It was not possible.</exception>
    public void Accept(int id)
    {
        if (Array.IndexOf(_stops, id) >= 0 ? !_machine.IsComplete : !_machine.Advance(id))
        {
            throw new InvalidOperationException(
                $"The id {id} was chosen, which the constraint does not allow here. The model's logits hold no usable number; "
                + "the weights may not fit the precision of this export.");
        }
    }

    /// <summary>Gives the machine back.</summary>
    public void Dispose() => _constraint.Return(_machine);
}
