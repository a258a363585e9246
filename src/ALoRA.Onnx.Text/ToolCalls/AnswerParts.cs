using System.Text;

namespace ALoRA.Onnx.ToolCalls;

/// <summary>Collects the parts of an answer; white space next to calls and reasoning belongs to none of them. One thread.</summary>
internal sealed class AnswerParts
{
    private readonly List<AnswerPart> _parts = [];
    private readonly StringBuilder _piece = new();
    private bool _isReasoning;
    private bool _hasBlocks;
    private bool _hasReasoning;
    private bool _inReasoning;

    /// <summary>Whether the answer has text.</summary>
    public bool HasText { get; private set; }

    /// <summary>Whether text was added since the last call or reasoning.</summary>
    public bool HasTextHere { get; private set; }

    /// <summary>Parts since the last time.</summary>
    public IReadOnlyList<AnswerPart> Take()
    {
        Close();
        if (_parts.Count == 0)
        {
            return [];
        }

        AnswerPart[] parts = [.. _parts];
        _parts.Clear();
        return parts;
    }

    /// <summary>Adds text that is more than white space, or the end of one.</summary>
    public void AddText(ReadOnlySpan<char> text)
    {
        if (_hasBlocks && !HasText)
        {
            text = text.TrimStart();
        }

        if (text.IsEmpty)
        {
            return;
        }

        HasText = HasTextHere = true;
        Add(text, isReasoning: false);
    }

    /// <summary>Adds the white space that the answer ends with.</summary>
    public void AddEnd(ReadOnlySpan<char> space)
    {
        if (HasTextHere || !_hasBlocks)
        {
            AddText(space);
        }
    }

    /// <summary>Begins reasoning.</summary>
    public void StartReasoning()
    {
        _hasBlocks = true;
        _inReasoning = HasTextHere = false;
    }

    /// <summary>Adds reasoning that is more than white space.</summary>
    public void AddReasoning(ReadOnlySpan<char> text)
    {
        if (!_inReasoning)
        {
            text = text.TrimStart();
        }

        if (text.IsEmpty)
        {
            return;
        }

        if (!_inReasoning && _hasReasoning)
        {
            Add("\n", isReasoning: true);
        }

        _inReasoning = _hasReasoning = true;
        Add(text, isReasoning: true);
    }

    /// <summary>Notes that there was a call, or a mark without one.</summary>
    public void StartCall()
    {
        _hasBlocks = true;
        HasTextHere = false;
    }

    /// <summary>Adds a call.</summary>
    public void AddCall(AnswerPart call)
    {
        Close();
        _parts.Add(call);
    }

    private void Add(ReadOnlySpan<char> text, bool isReasoning)
    {
        if (isReasoning != _isReasoning)
        {
            Close();
            _isReasoning = isReasoning;
        }

        _piece.Append(text);
    }

    private void Close()
    {
        if (_piece.Length > 0)
        {
            _parts.Add(_isReasoning ? new ReasoningPart(_piece.ToString()) : new TextPart(_piece.ToString()));
            _piece.Clear();
        }
    }
}
