using System.Runtime.CompilerServices;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Patterns;

/// <summary>
/// Runs a <see cref="PatternProgram"/> by backtracking over code points, with Oniguruma's order of preference. One thread at a time.
/// </summary>
/// <remarks>
/// Time stays bounded by the size of program and text: a run over a set remembers its extent and the exits that failed, and once a text
/// has taken suspiciously many steps, every choice that was exhausted at a position is remembered (failing from a state does not depend
/// on how it was reached, because there are no backreferences and no counters). A limit on steps stands behind that as the last resort.
/// </remarks>
internal sealed class PatternMatcher(PatternProgram program, bool rememberAlways)
{
    private readonly PatternStack _stack = new();
    private readonly PatternMemory _memory = new(program, rememberAlways);
    private readonly int[] _slots = new int[program.SlotCount];
    private int _lookBehinds;

    /// <summary>Whether it is worth keeping: one huge text must not hold its memory for good.</summary>
    public bool IsSmall => _stack.Capacity <= 1 << 16 && !_memory.IsOn;

    /// <summary>Forgets the last text.</summary>
    public void Start(int textLength) => _memory.Start(textLength);

    /// <summary>The end of the match that starts exactly at <paramref name="position"/>, or -1.</summary>
    public int Match(ReadOnlySpan<char> text, int position)
    {
        _stack.Count = 0;
        return Execute(text, 0, position, inLook: false, target: -1);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int Execute(ReadOnlySpan<char> text, int pc, int position, bool inLook, int target)
    {
        int bottom = _stack.Count;
        PatternInstruction[] instructions = program.Instructions;
        while (true)
        {
            _memory.CountSteps(1);
            ref readonly PatternInstruction instruction = ref instructions[pc];
            switch (instruction.Operation)
            {
                case PatternOperation.Set:
                    if (position < text.Length && program.Sets[instruction.A].Contains(CodePoints.At(text, position)))
                    {
                        position += CodePoints.Units(CodePoints.At(text, position));
                        pc++;
                        continue;
                    }

                    break;
                case PatternOperation.Run:
                    if (TryRun(text, instruction, pc, ref position))
                    {
                        pc++;
                        continue;
                    }

                    break;
                case PatternOperation.Guard:
                    if (position == text.Length || !program.Sets[instruction.A].Contains(CodePoints.At(text, position)))
                    {
                        pc = instruction.B;
                        continue;
                    }

                    goto case PatternOperation.Split;
                case PatternOperation.Split:
                    if (IsKnown(instruction.C, position, inLook, out bool succeeded))
                    {
                        if (!succeeded)
                        {
                            break;
                        }

                        return Leave(bottom, position, inLook);
                    }

                    _stack.PushChoice(instruction.B, position);
                    pc = instruction.Operation == PatternOperation.Guard ? pc + 1 : instruction.A;
                    continue;
                case PatternOperation.Jump:
                    pc = instruction.A;
                    continue;
                case PatternOperation.Assert:
                    if (PositionTests.Holds((AssertionKind)instruction.A, text, position))
                    {
                        pc++;
                        continue;
                    }

                    break;
                case PatternOperation.LookAhead or PatternOperation.LookBehind:
                    bool found = instruction.Operation == PatternOperation.LookAhead
                        ? Execute(text, pc + 1, position, inLook: true, target: -1) >= 0
                        : LooksBehind(text, instruction, pc, position);
                    if (found != (instruction.B == 1))
                    {
                        pc = instruction.A;
                        continue;
                    }

                    break;
                case PatternOperation.AtomicStart:
                    if (IsKnown(instruction.C, position, inLook, out succeeded))
                    {
                        if (!succeeded)
                        {
                            break;
                        }

                        return Leave(bottom, position, inLook);
                    }

                    _slots[instruction.A] = _stack.Count;
                    pc++;
                    continue;
                case PatternOperation.AtomicEnd:
                    _stack.Count = _slots[instruction.A];
                    pc++;
                    continue;
                case PatternOperation.IterationStart:
                    _stack.PushRestore(instruction.A, _slots[instruction.A]);
                    _slots[instruction.A] = position;
                    pc++;
                    continue;
                case PatternOperation.IterationEnd:
                    pc = _slots[instruction.A] == position ? instruction.B : pc + 1;
                    continue;
                case PatternOperation.Accept:
                    if (target < 0 || position == target)
                    {
                        return Leave(bottom, position, inLook);
                    }

                    break;
            }

            if (!Backtrack(text, bottom, ref pc, ref position))
            {
                return -1;
            }
        }
    }

    // What still stands on the stack was on the way to success. Only a lookaround may be asked again from the same state after a success:
    // elsewhere the next match starts behind this one.
    private int Leave(int bottom, int position, bool inLook)
    {
        if (inLook && _lookBehinds == 0 && _memory.IsOn)
        {
            for (int i = bottom; i < _stack.Count; i++)
            {
                if (_stack[i].Kind == PatternStack.FrameKind.Exhausted)
                {
                    _memory.MarkSucceeded(_stack[i].A);
                }
            }
        }

        _stack.Count = bottom;
        return position;
    }

    // A lookbehind's states depend on where it must end, so nothing is remembered inside.
    private bool IsKnown(int choice, int position, bool inLook, out bool succeeded)
    {
        succeeded = false;
        if (!_memory.IsOn || _lookBehinds > 0)
        {
            return false;
        }

        int state = _memory.StateOf(choice, position);
        if (_memory.HasFailed(state))
        {
            return true;
        }

        if (inLook && _memory.HasSucceeded(state))
        {
            succeeded = true;
            return true;
        }

        _stack.PushExhausted(state);
        return false;
    }

    private bool LooksBehind(ReadOnlySpan<char> text, PatternInstruction look, int pc, int position)
    {
        _lookBehinds++;
        bool found = false;
        int start = position;
        for (int length = 0; length <= look.D && !found; length++)
        {
            found = length >= look.C && Execute(text, pc + 1, start, inLook: true, target: position) >= 0;
            if (start == 0)
            {
                break;
            }

            start -= CodePoints.Units(CodePoints.Before(text, start));
        }

        _lookBehinds--;
        return found;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool TryRun(ReadOnlySpan<char> text, PatternInstruction run, int pc, ref int position)
    {
        CodePointBitmap set = program.Sets[run.A];
        int end;
        if (run.C >= 0)
        {
            end = Advance(text, set, position, run.C, text.Length);
            _memory.CountSteps(end - position);
        }
        else if (!_memory.TryGetExtent(run.E, position, out end))
        {
            // Where the scan meets the stretch that was scanned last, it need not go on.
            int meeting = _memory.ExtentStart(run.E);
            end = Advance(text, set, position, int.MaxValue, meeting > position ? meeting : text.Length);
            _memory.CountSteps(end - position);
            end = end == meeting ? _memory.ExtentEnd(run.E) : end;
            _memory.SetExtent(run.E, position, end);
        }

        if (end - position < run.B)
        {
            return false;
        }

        int least = position;
        _memory.CountSteps(run.B);
        for (int count = 0; count < run.B; count++)
        {
            if (least == end)
            {
                return false;
            }

            least += CodePoints.Units(CodePoints.At(text, least));
        }

        switch ((RepeatMode)run.D)
        {
            case RepeatMode.Lazy:
                if (IsKnown(program.ChoiceCount + run.E, position, inLook: false, out _))
                {
                    return false;
                }

                if (least < end)
                {
                    _stack.PushTakeMore(pc, least, end);
                }

                position = least;
                return true;
            case RepeatMode.Greedy:
                if (IsKnown(program.ChoiceCount + run.E, position, inLook: false, out _)
                    || !TrySkipFailedExits(text, run.E, least, ref end))
                {
                    return false;
                }

                _stack.PushGiveBack(pc, least, end);
                break;
        }

        position = end;
        return true;
    }

    // Moves an exit of a greedy run down past those that are known to lead nowhere; false if none is left.
    private bool TrySkipFailedExits(ReadOnlySpan<char> text, int run, int least, ref int exit)
    {
        if (_lookBehinds > 0 || !_memory.HasExitFailed(run, exit, out int firstFailed))
        {
            return true;
        }

        if (firstFailed <= least)
        {
            return false;
        }

        exit = firstFailed - CodePoints.Units(CodePoints.Before(text, firstFailed));
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Advance(ReadOnlySpan<char> text, CodePointBitmap set, int position, int max, int limit)
    {
        for (int count = 0; count < max && position < limit; count++)
        {
            int codePoint = CodePoints.At(text, position);
            if (!set.Contains(codePoint))
            {
                break;
            }

            position += CodePoints.Units(codePoint);
        }

        return position;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool Backtrack(ReadOnlySpan<char> text, int bottom, ref int pc, ref int position)
    {
        while (_stack.Count > bottom)
        {
            _memory.CountSteps(1);
            ref PatternStack.Frame frame = ref _stack.Top;
            switch (frame.Kind)
            {
                case PatternStack.FrameKind.Choice:
                    pc = frame.A;
                    position = frame.B;
                    _stack.Count--;
                    return true;
                case PatternStack.FrameKind.GiveBack:
                    if (_lookBehinds == 0)
                    {
                        _memory.MarkExitsFailed(program.Instructions[frame.A].E, frame.C, frame.D);
                    }

                    if (frame.C > frame.B)
                    {
                        int exit = frame.C - CodePoints.Units(CodePoints.Before(text, frame.C));
                        if (TrySkipFailedExits(text, program.Instructions[frame.A].E, frame.B, ref exit))
                        {
                            frame.C = exit;
                            pc = frame.A + 1;
                            position = exit;
                            return true;
                        }
                    }

                    break;
                case PatternStack.FrameKind.TakeMore when frame.C < frame.D:
                    frame.C += CodePoints.Units(CodePoints.At(text, frame.C));
                    pc = frame.A + 1;
                    position = frame.C;
                    return true;
                case PatternStack.FrameKind.Restore:
                    _slots[frame.A] = frame.B;
                    break;
                case PatternStack.FrameKind.Exhausted:
                    _memory.MarkFailed(frame.A);
                    break;
            }

            _stack.Count--;
        }

        return false;
    }
}

/// <summary>The zero-width tests.</summary>
internal static class PositionTests
{
    public static bool Holds(AssertionKind kind, ReadOnlySpan<char> text, int position) => kind switch
    {
        AssertionKind.LineStart => position == 0 || (text[position - 1] == '\n' && position < text.Length),
        AssertionKind.LineEnd => position == text.Length || text[position] == '\n',
        AssertionKind.TextStart => position == 0,
        AssertionKind.TextEnd => position == text.Length,
        AssertionKind.TextEndOrFinalNewline => position == text.Length || (position == text.Length - 1 && text[position] == '\n'),
        AssertionKind.WordBoundary => IsBoundary(text, position),
        AssertionKind.NotWordBoundary => !IsBoundary(text, position),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Unknown position test."),
    };

    private static bool IsBoundary(ReadOnlySpan<char> text, int position)
    {
        bool before = position > 0 && UnicodeProperties.Word.Contains(CodePoints.Before(text, position));
        bool after = position < text.Length && UnicodeProperties.Word.Contains(CodePoints.At(text, position));
        return before != after;
    }
}
