using ALoRA.Onnx.Constraints.Automata;

namespace ALoRA.Onnx.Constraints.Masks;

/// <summary>
/// Follows one text at a time through a program, token by token; keeps what it learned for the next text. Not thread-safe.
/// </summary>
internal sealed class ConstraintMachine
{
    private readonly LazyAutomaton _automaton;
    private readonly MaskCache _masks;
    private readonly ForcedSpans _forced;

    /// <param name="program">What texts must look like.</param>
    /// <param name="vocabulary">The tokens.</param>
    /// <param name="nodesBeforeClasses">See <see cref="TextTrees"/>.</param>
    public ConstraintMachine(
        ByteProgram program, ConstraintVocabulary vocabulary, int nodesBeforeClasses = TextTrees.UsualNodesBefore)
    {
        Vocabulary = vocabulary;
        _automaton = new LazyAutomaton(program);
        _masks = new MaskCache(vocabulary, _automaton, nodesBeforeClasses);
        _forced = new ForcedSpans(vocabulary, _automaton, _masks);
        State = _automaton.Start;
    }

    public ConstraintVocabulary Vocabulary { get; }

    /// <summary>The automaton's state behind the text so far.</summary>
    public int State { get; private set; }

    /// <summary>Whether the text is complete.</summary>
    public bool IsComplete => _automaton.IsComplete(State);

    /// <summary>Whether nothing more can follow the text.</summary>
    public bool IsAtEnd => _automaton.ConfigurationsOf(State).Length == (IsComplete ? 1 : 0);

    /// <summary>The tokens that may come next; stop tokens are not among them.</summary>
    public TokenMask Mask
    {
        get
        {
            if (_automaton.IsLarge)
            {
                State = _automaton.Reset(State);
                _masks.Clear();
                _forced.Clear();
            }

            return _masks.MaskOf(State);
        }
    }

    /// <summary>Masks computed so far, for tests and measurements.</summary>
    public long ComputedMasks => _masks.Computed;

    /// <summary>The tokens of the longest text without a choice that comes next; none if there is a choice at once.</summary>
    /// <param name="last">The token before, or -1: text is tokenized as it is behind it.</param>
    public ReadOnlySpan<int> Forced(int last) => _forced.After(State, last);

    /// <summary>Starts a new text.</summary>
    public void Begin() => State = _automaton.Start;

    /// <summary>Takes the next token.</summary>
    /// <returns>Whether it was possible; if not, the machine stays where it was.</returns>
    public bool Advance(int token)
    {
        ReadOnlySpan<byte> bytes = Vocabulary.BytesOf(token);
        int state = bytes.IsEmpty ? LazyAutomaton.Dead : State;
        foreach (byte value in bytes)
        {
            state = _automaton.Step(state, value);
        }

        if (state == LazyAutomaton.Dead)
        {
            return false;
        }

        State = state;
        return true;
    }
}
