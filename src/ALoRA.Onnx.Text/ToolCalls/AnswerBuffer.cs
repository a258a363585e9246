namespace ALoRA.Onnx.ToolCalls;

/// <summary>The part of an answer that is not given out yet. One thread.</summary>
internal sealed class AnswerBuffer
{
    private char[] _characters = new char[256];

    /// <summary>How a mark compares with the text at a place.</summary>
    public enum Match
    {
        /// <summary>It is not there.</summary>
        No,

        /// <summary>The text ends within it.</summary>
        Partial,

        /// <summary>It is there.</summary>
        Full,
    }

    /// <summary>Number of characters.</summary>
    public int Count { get; private set; }

    /// <summary>A character.</summary>
    public char this[int index] => _characters[index];

    /// <summary>Characters between two places.</summary>
    public ReadOnlySpan<char> Span(int from, int to) => _characters.AsSpan(from, to - from);

    /// <summary>Adds to the end.</summary>
    public void Append(ReadOnlySpan<char> piece)
    {
        if (piece.Length > _characters.Length - Count)
        {
            Array.Resize(ref _characters, Math.Max(2 * _characters.Length, Count + piece.Length));
        }

        piece.CopyTo(_characters.AsSpan(Count));
        Count += piece.Length;
    }

    /// <summary>Takes characters away from the start.</summary>
    public void Drop(int count)
    {
        _characters.AsSpan(count, Count - count).CopyTo(_characters);
        Count -= count;
    }

    /// <summary>Compares a mark with the text at a place.</summary>
    public Match At(int index, string mark)
    {
        int length = Math.Min(mark.Length, Count - index);
        return !_characters.AsSpan(index, length).SequenceEqual(mark.AsSpan(0, length)) ? Match.No
            : length == mark.Length ? Match.Full
            : Match.Partial;
    }

    /// <summary>The first place from <paramref name="from"/> on that is no white space.</summary>
    public int SkipWhiteSpace(int from)
    {
        while (from < Count && char.IsWhiteSpace(_characters[from]))
        {
            from++;
        }

        return from;
    }

    /// <summary>
    /// Behind the last character between two places that is no white space; <paramref name="otherwise"/> if there is none.
    /// </summary>
    public int SolidEnd(int from, int to, int otherwise)
    {
        while (to > from && char.IsWhiteSpace(_characters[to - 1]))
        {
            to--;
        }

        return to > from ? to : otherwise;
    }

    /// <summary>How much of the end, from <paramref name="from"/> on, may be the start of a mark.</summary>
    public int OverlapAtEnd(int from, string mark)
    {
        int length = Math.Min(Count - from, mark.Length - 1);
        while (length > 0 && !Span(Count - length, Count).SequenceEqual(mark.AsSpan(0, length)))
        {
            length--;
        }

        return length;
    }
}
