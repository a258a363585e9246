using static ALoRA.Onnx.ToolCalls.AnswerBuffer;

namespace ALoRA.Onnx.ToolCalls;

/// <summary>Reads calls, from a mark on up to what is text again. One thread.</summary>
internal sealed class CallSection(AnswerMachine machine, ToolCallFormat format, IReadOnlySet<string>? toolNames)
{
    private readonly AnswerBuffer _text = machine.Text;
    private CallScanner _scanner = new(isPython: false);
    private Stage _stage;
    private Form _form;
    private string _mark = "";
    private int _resume;
    private int _value;
    private int _wrong;
    private string _error = "";
    private string _name = "";
    private string? _id;
    private bool _isBare;
    private bool _inList;
    private bool _isChained;
    private bool _hasCall;
    private bool _isSeparated;
    private OpenBrackets _brackets;

    private enum Stage
    {
        /// <summary>Behind a mark: is it a call's?</summary>
        Mark,
        Value,

        /// <summary>In a value that is wrong: where does it end?</summary>
        Damage,

        /// <summary>Behind a call: is there another one?</summary>
        Behind,
    }

    private enum Form
    {
        Object,
        Arguments,
        Python,
    }

    /// <summary>Begins behind a mark.</summary>
    public void Start(int mark, string text)
    {
        Reset(mark + text.Length);
        (_stage, _mark) = (Stage.Mark, text);
        machine.Next = _resume;
    }

    /// <summary>Begins with an object that has no mark before it.</summary>
    public void StartBare(int start)
    {
        Reset(start + 1);
        _isBare = true;
        StartValue(start, Form.Object);
    }

    /// <summary>Reads on.</summary>
    /// <returns>Whether there is more to do; false if more text is needed.</returns>
    public bool Read(bool isEnd) => _stage switch
    {
        Stage.Mark => ReadMark(isEnd),
        Stage.Value => ReadValue(isEnd),
        Stage.Damage => ReadDamage(isEnd),
        _ => ReadBehind(isEnd),
    };

    private void Reset(int resume)
    {
        _resume = resume;
        _isBare = _inList = _isChained = _hasCall = _isSeparated = false;
    }

    private void StartValue(int start, Form form)
    {
        (_stage, _form, _value, machine.Next) = (Stage.Value, form, start, start);
        _scanner = new CallScanner(isPython: form == Form.Python);
    }

    private bool ReadMark(bool isEnd)
    {
        int at = machine.Next = _text.SkipWhiteSpace(machine.Next);
        if (at == _text.Count)
        {
            return isEnd && Reject();
        }

        if (_mark == ToolCallMarks.Granite && !_isChained && !_inList)
        {
            Match inner = _text.At(at, ToolCallMarks.Hermes);
            if (inner == Match.Full)
            {
                (_isChained, machine.Next) = (true, at + ToolCallMarks.Hermes.Length);
                return true;
            }

            if (inner == Match.Partial && !isEnd)
            {
                return false;
            }
        }

        switch (_text[at])
        {
            case '{':
                StartValue(at, Form.Object);
                return true;
            case ']' when _inList:
                _inList = false;
                Accept();
                EndCall(at + 1);
                return true;
            default:
                return _inList ? Reject() : StartOther(at, isEnd, needsMark: false) switch
                {
                    Match.Full => true,
                    Match.Partial => false,
                    _ when _text[at] == '[' => StartList(at),
                    _ => Reject(),
                };
        }
    }

    private bool StartList(int at)
    {
        (_inList, machine.Next) = (true, at + 1);
        return true;
    }

    /// <summary>Begins a call whose name stands before its arguments.</summary>
    private Match StartOther(int at, bool isEnd, bool needsMark)
    {
        CallHeader header = format switch
        {
            ToolCallFormat.Mistral => CallHeader.OfMistral(_text, at, needsMark),
            ToolCallFormat.Llama when !_isBare => CallHeader.OfLlama(_text, at),
            _ => CallHeader.None,
        };
        if (header.Match == Match.Full)
        {
            (_name, _id) = (header.Name, header.Id);
            StartValue(header.Value, format == ToolCallFormat.Mistral ? Form.Arguments : Form.Python);
        }

        return header.Match == Match.Partial && isEnd ? Match.No : header.Match;
    }

    private bool ReadValue(bool isEnd)
    {
        while (machine.Next < _text.Count)
        {
            switch (_scanner.Take(_text[machine.Next]))
            {
                case CallScanner.Step.Done:
                    return Complete(machine.Next + 1);
                case CallScanner.Step.Wrong:
                    return Fail(_scanner.Error);
            }

            if (++machine.Next - _value > ToolCallReader.MaxCallLength)
            {
                return TooLong();
            }
        }

        if (!isEnd)
        {
            return false;
        }

        (string? name, bool isCall) = Known();
        if (_isBare && !isCall)
        {
            machine.ResumeText(_text.SolidEnd(machine.Start, _text.Count, _text.Count));
            return true;
        }

        Accept();
        Unreadable(_text.Count, "The answer ended within the call.", name, isCut: true);
        machine.ResumeBehind(_text.Count);
        return true;
    }

    private bool Complete(int end)
    {
        string raw = _text.Span(_value, end).ToString();
        AnswerPart part = _form == Form.Object ? CallJson.Read(_scanner.Json, raw) : CallJson.Read(_name, _id, _scanner.Json, raw);
        if (_isBare && !IsBareCall(part))
        {
            machine.ResumeText(end);
            return true;
        }

        Accept();
        machine.Parts.AddCall(part);
        EndCall(end);
        return true;
    }

    private bool Fail(string error)
    {
        bool isCall = _isBare ? Known().IsCall
            : _form switch
            {
                Form.Object => _scanner.HasValue || (_inList && _hasCall),
                Form.Arguments => _scanner.HasKey,
                _ => true,
            };
        if (!isCall)
        {
            return Reject();
        }

        // Without its closing quotation mark a text took the end of the call, and marks, for its own.
        StartDamage($"The call is malformed: {error}.", _value + _scanner.LastString, _scanner.Depth);
        return true;
    }

    private void StartDamage(string error, int from, int depth)
    {
        (_error, _wrong, _stage) = (error, machine.Next, Stage.Damage);
        _brackets = new OpenBrackets(depth);
        machine.Next = Math.Min(Math.Max(from, _value + 1), _wrong);
    }

    private bool ReadDamage(bool isEnd)
    {
        for (; machine.Next < _text.Count; machine.Next++)
        {
            switch (machine.MarkAt(machine.Next, isEnd, out _, out _))
            {
                case Match.Full:
                    return EndDamage(machine.Next);
                case Match.Partial:
                    return false;
            }

            if (machine.Next >= _wrong && _brackets.CloseWith(_text[machine.Next]))
            {
                return EndDamage(machine.Next + 1);
            }

            if (machine.Next - _value > ToolCallReader.MaxCallLength)
            {
                return TooLong();
            }
        }

        return isEnd && EndDamage(_text.Count);
    }

    private bool EndDamage(int end)
    {
        Accept();
        Unreadable(end, _error, Known().Name, isCut: false);
        EndCall(end);
        return true;
    }

    private bool TooLong()
    {
        Accept();
        Unreadable(_value + 4096, $"The call is longer than {ToolCallReader.MaxCallLength} characters.", Known().Name, isCut: false);
        machine.ResumeBehind(machine.Next);
        return true;
    }

    private bool ReadBehind(bool isEnd)
    {
        for (; machine.Next < _text.Count; machine.Next++)
        {
            bool isSeparator = !_isSeparated && _text[machine.Next] is ',' or ';';
            if (!isSeparator && !char.IsWhiteSpace(_text[machine.Next]))
            {
                break;
            }

            _isSeparated |= isSeparator;
        }

        int at = machine.Next;
        if (at == _text.Count)
        {
            if (isEnd)
            {
                machine.ResumeBehind(at);
            }

            return isEnd;
        }

        Match match = machine.MarkAt(at, isEnd, out string mark, out bool isOpening);
        if (match != Match.No)
        {
            if (match == Match.Full)
            {
                machine.IsTagOpen &= isOpening;
                machine.ResumeBehind(isOpening ? at : at + mark.Length);
            }

            return match == Match.Full;
        }

        char c = _text[at];
        if (_inList && c == ']')
        {
            _inList = false;
            EndCall(at + 1);
            return true;
        }

        _resume = at + 1;
        if (c == '{')
        {
            StartValue(at, Form.Object);
            return true;
        }

        if (_inList)
        {
            _inList = false;
            _value = at;
            _form = Form.Object;
            StartDamage($"The list of calls is malformed: expected a call or ']', got '{c}'.", at, depth: 1);
            return true;
        }

        match = StartOther(at, isEnd, needsMark: true);
        if (match == Match.No)
        {
            machine.ResumeText(machine.Start);
        }

        return match != Match.Partial;
    }

    private bool Reject()
    {
        machine.ResumeText(_resume);
        return true;
    }

    private void Accept()
    {
        machine.Parts.StartCall();
        machine.IsTagOpen = !_isBare;
        _hasCall = true;
    }

    private void EndCall(int end)
    {
        machine.Discard(end);
        (_stage, _isSeparated) = (Stage.Behind, false);
    }

    private void Unreadable(int end, string error, string? name, bool isCut) => machine.Parts.AddCall(
        new UnreadableCallPart(_text.Span(_value, end).ToString(), error, name, isCut));

    private (string? Name, bool IsCall) Known()
    {
        if (_form != Form.Object)
        {
            return (_name.Length == 0 ? null : _name, true);
        }

        (string? name, bool hasArguments) = CallJson.Peek(_text.Span(_value, machine.Next));
        return (name, name is not null && (toolNames is null ? hasArguments : toolNames.Contains(name)));
    }

    private bool IsBareCall(AnswerPart part) => part switch
    {
        ToolCallPart call => toolNames is null
            ? CallJson.Peek(_text.Span(_value, machine.Next + 1)).HasArguments
            : toolNames.Contains(call.Name),
        _ => Known().IsCall,
    };
}
