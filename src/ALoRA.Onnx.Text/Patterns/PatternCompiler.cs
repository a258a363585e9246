using ALoRA.Onnx.Unicode;
using static ALoRA.Onnx.Patterns.PatternNode;

namespace ALoRA.Onnx.Patterns;

/// <summary>
/// Turns a syntax tree into instructions.
/// Intervals over groups are unrolled, so that a state is an instruction and a position, nothing more.
/// </summary>
internal sealed class PatternCompiler
{
    private const int MaxInstructions = 20_000;
    private const int MaxLookBehind = 255;
    private const int MaxVisits = 200_000;
    private const int MaxLength = 16_384;
    private readonly List<PatternInstruction> _instructions = [];
    private readonly List<CodePointBitmap> _sets = [];
    private readonly PatternAnalysis _analysis = new();
    private int _choices;
    private int _runs;
    private int _slots;
    private int _visits;

    /// <exception cref="PatternSyntaxException">The pattern is malformed or uses something that is not supported.</exception>
    public static PatternProgram Compile(string pattern)
    {
        if (pattern.Length > MaxLength)
        {
            throw new PatternSyntaxException($"it is longer than {MaxLength} characters");
        }

        PatternNode tree = PatternParser.Parse(pattern);
        PatternCompiler compiler = new();
        compiler.Visit(tree);
        compiler.Emit(new PatternInstruction(PatternOperation.Accept));
        CodePointSet? first = compiler._analysis.FirstOf(tree);
        return new PatternProgram(
            pattern,
            [.. compiler._instructions],
            [.. compiler._sets],
            compiler._choices,
            compiler._runs,
            compiler._slots,
            first is null ? null : new CodePointBitmap(first));
    }

    private int Here => _instructions.Count;

    private int Emit(PatternInstruction instruction)
    {
        if (_instructions.Count == MaxInstructions)
        {
            throw new PatternSyntaxException($"it compiles to more than {MaxInstructions} instructions; its intervals are too large");
        }

        _instructions.Add(instruction);
        return _instructions.Count - 1;
    }

    private int SetIndex(CodePointSet set)
    {
        int index = _sets.FindIndex(known => known.Set.SetEquals(set));
        if (index < 0)
        {
            index = _sets.Count;
            _sets.Add(new CodePointBitmap(set));
        }

        return index;
    }

    private void Visit(PatternNode node)
    {
        // Intervals over groups that compile to nothing would otherwise escape the limit on instructions.
        if (++_visits > MaxVisits)
        {
            throw new PatternSyntaxException("its intervals repeat too much");
        }

        switch (node)
        {
            case SetNode set:
                Emit(new(PatternOperation.Set, SetIndex(set.Set)));
                break;
            case SequenceNode sequence:
                foreach (PatternNode item in sequence.Items)
                {
                    Visit(item);
                }

                break;
            case AlternationNode alternation:
                VisitAlternation(alternation);
                break;
            case RepeatNode repeat:
                VisitRepeat(repeat);
                break;
            case AtomicNode { Body: RepeatNode { Body: SetNode set, Lazy: false } repeat }:
                EmitRun(set, repeat, RepeatMode.Possessive);
                break;
            case AtomicNode atomic:
                int slot = _slots++;
                Emit(new(PatternOperation.AtomicStart, slot, C: _choices++));
                Visit(atomic.Body);
                Emit(new(PatternOperation.AtomicEnd, slot));
                break;
            case AssertionNode assertion:
                Emit(new(PatternOperation.Assert, (int)assertion.Kind));
                break;
            case LookNode look:
                VisitLook(look);
                break;
            default:
                throw new InvalidOperationException($"The pattern compiler has no case for {node.GetType().Name}.");
        }
    }

    private void VisitAlternation(AlternationNode alternation)
    {
        List<int> ends = [];
        for (int i = 0; i < alternation.Branches.Count; i++)
        {
            PatternNode branch = alternation.Branches[i];
            if (i == alternation.Branches.Count - 1)
            {
                Visit(branch);
                break;
            }

            int choice = EmitChoice(branch);
            Visit(branch);
            ends.Add(Emit(new(PatternOperation.Jump)));
            _instructions[choice] = _instructions[choice] with { B = Here };
        }

        foreach (int end in ends)
        {
            _instructions[end] = _instructions[end] with { A = Here };
        }
    }

    // Tries what follows first. Its B, the alternative, is filled in later.
    private int EmitChoice(PatternNode preferred)
    {
        CodePointSet? first = _analysis.FirstOf(preferred);
        return first is null
            ? Emit(new(PatternOperation.Split, A: Here + 1, C: _choices++))
            : Emit(new(PatternOperation.Guard, SetIndex(first), C: _choices++));
    }

    private void VisitRepeat(RepeatNode repeat)
    {
        if (repeat.Body is SetNode set)
        {
            EmitRun(set, repeat, repeat.Lazy ? RepeatMode.Lazy : RepeatMode.Greedy);
            return;
        }

        for (int i = 0; i < repeat.Min; i++)
        {
            Visit(repeat.Body);
        }

        if (repeat.Max < 0)
        {
            VisitLoop(repeat);
            return;
        }

        List<int> choices = [];
        for (int i = repeat.Min; i < repeat.Max; i++)
        {
            choices.Add(EmitLoopChoice(repeat));
            Visit(repeat.Body);
        }

        foreach (int choice in choices)
        {
            SetExit(choice, Here, repeat.Lazy);
        }
    }

    private void VisitLoop(RepeatNode repeat)
    {
        int slot = _slots++;
        int choice = EmitLoopChoice(repeat);
        Emit(new(PatternOperation.IterationStart, slot));
        Visit(repeat.Body);
        int check = Emit(new(PatternOperation.IterationEnd, slot));
        Emit(new(PatternOperation.Jump, choice));
        _instructions[check] = _instructions[check] with { B = Here };
        SetExit(choice, Here, repeat.Lazy);
    }

    private int EmitLoopChoice(RepeatNode repeat) =>
        repeat.Lazy ? Emit(new(PatternOperation.Split, B: Here + 1, C: _choices++)) : EmitChoice(repeat.Body);

    private void SetExit(int choice, int exit, bool lazy) =>
        _instructions[choice] = lazy ? _instructions[choice] with { A = exit } : _instructions[choice] with { B = exit };

    private void EmitRun(SetNode set, RepeatNode repeat, RepeatMode mode) =>
        Emit(new(PatternOperation.Run, SetIndex(set.Set), repeat.Min, repeat.Max, (int)mode, _runs++));

    private void VisitLook(LookNode look)
    {
        (int min, int max) = look.Behind ? PatternAnalysis.LengthOf(look.Body) : (0, 0);
        if (max is < 0 or > MaxLookBehind)
        {
            throw new PatternSyntaxException($"a lookbehind has no upper bound of at most {MaxLookBehind} characters");
        }

        PatternOperation operation = look.Behind ? PatternOperation.LookBehind : PatternOperation.LookAhead;
        int start = Emit(new(operation, B: look.Negative ? 1 : 0, C: min, D: max));
        Visit(look.Body);
        Emit(new(PatternOperation.Accept));
        _instructions[start] = _instructions[start] with { A = Here };
    }
}
