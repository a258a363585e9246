using Microsoft.Extensions.AI;

namespace ALoRA.Onnx.Extensions.AI.Tools;

/// <summary>
/// Takes an answer piece by piece and tells text from tool calls; nothing that may still
/// turn out to be a call is given out as text. One answer, one thread.
/// </summary>
internal abstract class ToolCallParser
{
    private readonly List<FunctionCallContent> _calls = [];
    private string _pending = "";
    private string? _opening;

    /// <summary>Whether text was given out.</summary>
    protected bool HasText { get; private set; }

    /// <summary>Whether a call was found.</summary>
    protected bool HasCalls { get; private set; }

    /// <summary>Marks that a call starts with.</summary>
    protected abstract IReadOnlyList<string> Openings { get; }

    /// <summary>Takes a piece of the answer.</summary>
    /// <returns>Text that certainly belongs to no call.</returns>
    public string Push(string piece)
    {
        _pending += piece;
        return Advance(isEnd: false);
    }

    /// <summary>Ends the answer; a call that is incomplete is one that can't be carried out.</summary>
    /// <returns>The rest of the text.</returns>
    public string Finish() => Advance(isEnd: true);

    /// <summary>Calls that were completed since the last time.</summary>
    public IReadOnlyList<FunctionCallContent> TakeCalls()
    {
        if (_calls.Count == 0)
        {
            return [];
        }

        FunctionCallContent[] calls = [.. _calls];
        _calls.Clear();
        return calls;
    }

    /// <summary>Finds the next call in text.</summary>
    /// <param name="text">Text outside of calls.</param>
    /// <param name="opening">The mark; empty if the call starts without one.</param>
    /// <param name="body">Where the call's body starts.</param>
    /// <returns>Where the call starts, or -1.</returns>
    protected virtual int FindOpening(string text, out string opening, out int body)
    {
        (int first, opening, body) = (-1, "", -1);
        foreach (string mark in Openings)
        {
            int index = text.IndexOf(mark, StringComparison.Ordinal);
            if (index >= 0 && (first < 0 || index < first))
            {
                (first, opening, body) = (index, mark, index + mark.Length);
            }
        }

        return first;
    }

    /// <summary>How much of the end of a text may be the start of a call.</summary>
    protected virtual int HeldLength(string text)
    {
        int held = Openings.Max(opening => OverlapAtEnd(text, opening));
        while (held < text.Length && char.IsWhiteSpace(text[^(held + 1)]))
        {
            held++;
        }

        return held;
    }

    /// <summary>Reads what follows an opening.</summary>
    /// <param name="opening">The mark before it.</param>
    /// <param name="body">Everything behind the mark so far.</param>
    /// <param name="isEnd">Whether nothing follows.</param>
    /// <param name="calls">Takes the calls.</param>
    /// <returns>
    /// Characters that were read, or null if more must follow first. Reading none without a call means that there is no call: all is text.
    /// </returns>
    protected abstract int? Read(string opening, string body, bool isEnd, List<FunctionCallContent> calls);

    private string Advance(bool isEnd)
    {
        string shown = "";
        while (true)
        {
            if (_opening is null)
            {
                int start = FindOpening(_pending, out string opening, out int body);
                if (start < 0)
                {
                    int held = isEnd ? 0 : HeldLength(_pending);
                    shown += Show(_pending[..^held]);
                    _pending = _pending[^held..];
                    return isEnd && HasCalls && string.IsNullOrWhiteSpace(shown) ? "" : shown;
                }

                shown += Show(_pending[..start].TrimEnd());
                _opening = opening;
                _pending = _pending[body..];
            }

            int count = _calls.Count;
            if (Read(_opening, _pending, isEnd, _calls) is not int used)
            {
                return shown;
            }

            HasCalls |= _calls.Count > count;
            if (used == 0 && _calls.Count == count)
            {
                shown += Show(_opening + _pending);
                used = _pending.Length;
            }

            _opening = null;
            _pending = _pending[used..];
        }
    }

    // White space between calls is none of the answer's text.
    private string Show(string text)
    {
        if (HasCalls && !HasText)
        {
            text = text.TrimStart();
        }

        HasText |= !string.IsNullOrWhiteSpace(text);
        return text;
    }

    private static int OverlapAtEnd(string text, string mark)
    {
        for (int length = Math.Min(text.Length, mark.Length - 1); length > 0; length--)
        {
            if (text.AsSpan(text.Length - length).SequenceEqual(mark.AsSpan(0, length)))
            {
                return length;
            }
        }

        return 0;
    }
}
