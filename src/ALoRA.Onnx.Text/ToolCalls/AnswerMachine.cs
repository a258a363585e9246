using System.Buffers;
using static ALoRA.Onnx.ToolCalls.AnswerBuffer;

namespace ALoRA.Onnx.ToolCalls;

/// <summary>What a <see cref="ToolCallReader"/> does outside of calls: text, marks, reasoning. One thread.</summary>
/// <remarks>
/// Every step decides by characters that are there, or waits for more; no step looks at where a piece ended. What is held begins at
/// <see cref="Start"/>; text up to <see cref="Solid"/> is certain to be text, and what follows up to <see cref="Next"/> is white space.
/// </remarks>
internal sealed class AnswerMachine
{
    private readonly ToolCallFormat _format;
    private readonly ToolCallReaderOptions _options;
    private readonly string[] _openings;
    private readonly string[] _endings;
    private readonly SearchValues<char> _firsts;
    private readonly bool[] _neverCloses;
    private readonly CallSection _calls;
    private Place _place;
    private int _reasoning;
    private string _reasoningEnd = "";
    private int _behindMark;
    private bool _isAtLineStart;

    public AnswerMachine(ToolCallFormat format, ToolCallReaderOptions options)
    {
        (_format, _options) = (format, options);
        _openings = ToolCallMarks.Openings(format);
        _endings = ToolCallMarks.Endings(format);
        _firsts = SearchValues.Create(
            string.Concat(_openings.Concat(_endings).Concat(options.Reasoning.Select(marks => marks.Start)).Select(mark => mark[0])));
        _neverCloses = new bool[options.Reasoning.Count];
        _calls = new CallSection(this, format, options.ToolNames);
        if (options.StartsIn is not null)
        {
            StartReasoning(options.StartsIn.End, 0);
        }
    }

    private enum Place
    {
        Text,
        Reasoning,

        /// <summary>Between marks of reasoning that may be text.</summary>
        Undecided,
        Call,
    }

    /// <summary>The answer as far as it is not given out.</summary>
    public AnswerBuffer Text { get; } = new();

    /// <summary>What is given out.</summary>
    public AnswerParts Parts { get; } = new();

    /// <summary>Where what is held begins.</summary>
    public int Start { get; private set; }

    /// <summary>Up to where it is certain to be text.</summary>
    public int Solid { get; private set; }

    /// <summary>What is read next.</summary>
    public int Next { get; set; }

    /// <summary>Whether a call's closing mark has not come.</summary>
    public bool IsTagOpen { get; set; }

    public IReadOnlyList<AnswerPart> Push(ReadOnlySpan<char> piece)
    {
        Text.Append(piece);
        Run(isEnd: false);
        if (_place is Place.Text or Place.Reasoning && Start >= Text.Count - Start)
        {
            Text.Drop(Start);
            (Solid, Next, Start) = (Solid - Start, Next - Start, 0);
        }

        return Parts.Take();
    }

    public IReadOnlyList<AnswerPart> Finish()
    {
        Run(isEnd: true);
        return Parts.Take();
    }

    /// <summary>Goes on with text: what is held up to a place is text.</summary>
    public void ResumeText(int solid)
    {
        Solid = Next = solid;
        _place = Place.Text;
    }

    /// <summary>Goes on with text, behind something that is none.</summary>
    public void ResumeBehind(int end)
    {
        Start = end;
        ResumeText(end);
    }

    /// <summary>Takes what is held for a part of a call, or for white space beside one.</summary>
    public void Discard(int end) => Start = Solid = Next = end;

    /// <summary>The first mark at a place, if there is one.</summary>
    public Match MarkAt(int index, bool isEnd, out string mark, out bool isOpening)
    {
        Match best = Match.No;
        (mark, isOpening) = ("", false);
        foreach (string opening in _openings)
        {
            Match match = Text.At(index, opening);
            if (match == Match.Full)
            {
                (mark, isOpening) = (opening, true);
                return match;
            }

            best = match == Match.Partial ? match : best;
        }

        foreach (string ending in _endings)
        {
            Match match = Text.At(index, ending);
            if (match == Match.Full)
            {
                mark = ending;
                return match;
            }

            best = match == Match.Partial ? match : best;
        }

        return isEnd ? Match.No : best;
    }

    private void Run(bool isEnd)
    {
        while (_place switch
        {
            Place.Text => ReadText(isEnd),
            Place.Reasoning => ReadReasoning(isEnd),
            Place.Undecided => ReadUndecided(isEnd),
            _ => _calls.Read(isEnd),
        })
        {
        }
    }

    private bool ReadText(bool isEnd)
    {
        if (_format == ToolCallFormat.Llama && !Parts.HasText && Solid == Start)
        {
            Next = Text.SkipWhiteSpace(Next);
            if (Next < Text.Count && Text[Next] == '{')
            {
                _place = Place.Call;
                _calls.StartBare(Next);
                return true;
            }
        }

        while (true)
        {
            int found = Text.Span(Next, Text.Count).IndexOfAny(_firsts);
            int mark = found < 0 ? Text.Count : Next + found;
            Solid = Text.SolidEnd(Next, mark, Solid);
            Next = mark;
            if (mark == Text.Count)
            {
                break;
            }

            Match call = MarkAt(mark, isEnd, out string text, out bool isOpening);
            Match reasoning = ReasoningAt(mark, isEnd, out int which);
            if (call == Match.Full && isOpening)
            {
                GiveText();
                _place = Place.Call;
                _calls.Start(mark, text);
                return true;
            }

            if (call == Match.Full && IsTagOpen)
            {
                GiveText();
                IsTagOpen = false;
                Parts.StartCall();
                ResumeBehind(mark + text.Length);
                return true;
            }

            if (reasoning == Match.Full && StartsReasoning(mark, which))
            {
                return true;
            }

            if (call == Match.Partial || reasoning == Match.Partial)
            {
                break;
            }

            Solid = Next = mark + 1;
        }

        GiveText(holdsHalf: !isEnd);
        if (isEnd)
        {
            Parts.AddEnd(Text.Span(Start, Text.Count));
            Discard(Text.Count);
        }

        return false;
    }

    private Match ReasoningAt(int index, bool isEnd, out int which)
    {
        Match best = Match.No;
        for (which = 0; which < _options.Reasoning.Count; which++)
        {
            Match match = Text.At(index, _options.Reasoning[which].Start);
            if (match == Match.Full)
            {
                return match;
            }

            best = match == Match.Partial ? match : best;
        }

        return isEnd ? Match.No : best;
    }

    private bool StartsReasoning(int mark, int which)
    {
        bool isAtStart = !Parts.HasTextHere && Solid == Start;
        if (!isAtStart && _neverCloses[which])
        {
            return false;
        }

        GiveText();
        int behind = mark + _options.Reasoning[which].Start.Length;
        if (isAtStart)
        {
            StartReasoning(_options.Reasoning[which].End, behind);
        }
        else
        {
            (_place, _reasoning, _behindMark) = (Place.Undecided, which, behind);
            _isAtLineStart = Text.Span(Start, mark).Contains('\n');
            Next = behind;
        }

        return true;
    }

    private void StartReasoning(string end, int behind)
    {
        Parts.StartReasoning();
        (_place, _reasoningEnd) = (Place.Reasoning, end);
        Discard(behind);
    }

    private bool ReadReasoning(bool isEnd)
    {
        int found = Text.Span(Next, Text.Count).IndexOf(_reasoningEnd);
        int end = found >= 0 ? Next + found : isEnd ? Text.Count : Text.Count - Text.OverlapAtEnd(Next, _reasoningEnd);
        Solid = Text.SolidEnd(Next, end, Solid);
        Next = end;
        int given = found < 0 && !isEnd ? WithoutHalf() : Solid;
        Parts.AddReasoning(Text.Span(Start, given));
        Start = given;
        if (found >= 0)
        {
            ResumeBehind(end + _reasoningEnd.Length);
            return true;
        }

        return false;
    }

    private bool ReadUndecided(bool isEnd)
    {
        ReasoningMarks marks = _options.Reasoning[_reasoning];
        int found = Text.Span(Next, Text.Count).IndexOf(marks.End);
        if (found < 0)
        {
            Next = Text.Count - Text.OverlapAtEnd(Next, marks.End);
            if (!isEnd && Text.Count - Start <= ToolCallReader.MaxCallLength)
            {
                return false;
            }

            _neverCloses[_reasoning] = true;
            ResumeText(_behindMark);
            return true;
        }

        int end = Next + found;
        if (!_isAtLineStart && LastAtLineStart(marks.Start, end) is int later)
        {
            Solid = Text.SolidEnd(_behindMark, later, _behindMark);
            GiveText();
            (_behindMark, _isAtLineStart) = (later + marks.Start.Length, true);
        }

        if (_isAtLineStart || HoldsCall(Text.Span(_behindMark, end)))
        {
            Parts.StartReasoning();
            Parts.AddReasoning(Text.Span(_behindMark, end).Trim());
            ResumeBehind(end + marks.End.Length);
        }
        else
        {
            ResumeText(end + marks.End.Length);
        }

        return true;
    }

    // Where the mark was only mentioned before, the last one at the start of a line is the one that is closed.
    private int? LastAtLineStart(string mark, int end)
    {
        int index = Text.Span(_behindMark, end).LastIndexOf(mark);
        if (index < 0)
        {
            return null;
        }

        int solid = Text.SolidEnd(_behindMark, _behindMark + index, _behindMark);
        return Text.Span(solid, _behindMark + index).Contains('\n') ? _behindMark + index : null;
    }

    private bool HoldsCall(ReadOnlySpan<char> text)
    {
        AnswerMachine inner = new(_format, new ToolCallReaderOptions { ToolNames = _options.ToolNames, Reasoning = [] });
        return inner.Push(text).Concat(inner.Finish()).Any(part => part is ToolCallPart or UnreadableCallPart);
    }

    private void GiveText(bool holdsHalf = false)
    {
        int end = holdsHalf ? WithoutHalf() : Solid;
        if (end > Start)
        {
            Parts.AddText(Text.Span(Start, end));
            Start = end;
        }
    }

    // The other half of a pair may come with the next piece.
    private int WithoutHalf() => Solid > Start && Solid == Text.Count && char.IsHighSurrogate(Text[Solid - 1]) ? Solid - 1 : Solid;
}
