namespace ALoRA.Onnx.Extensions.AI.Tokenization;

/// <summary>Where the tokens of a text lie in UTF-16, and between which of them the text can be cut. Immutable, thread-safe.</summary>
internal sealed class TokenRanges
{
    private readonly Range[] _ranges;

    // By count of tokens before it: where a cut lies, or -1 if it would be within a character.
    private readonly int[] _cuts;

    public TokenRanges(string text, IReadOnlyList<TokenOffsets> offsets)
    {
        int count = offsets.Count;
        int[]? units = UnitsByCodePoint(text);
        (int Start, int End)[] places = new (int, int)[count];
        _ranges = new Range[count];
        _cuts = new int[count + 1];
        int reached = 0;
        for (int i = 0; i < count; i++)
        {
            (int start, int end) = (units?[offsets[i].Start] ?? offsets[i].Start, units?[offsets[i].End] ?? offsets[i].End);
            // What the post-processor added stands for no text and says 0; it lies where the tokens before it end.
            places[i] = start == end ? (Math.Max(reached, end), Math.Max(reached, end)) : (start, end);
            _ranges[i] = places[i].Start..places[i].End;
            reached = Math.Max(reached, places[i].End);
            _cuts[i + 1] = reached;
        }

        int next = text.Length;
        for (int i = count - 1; i > 0; i--)
        {
            next = Math.Min(next, places[i].Start);
            if (_cuts[i] > next)
            {
                _cuts[i] = -1;
            }
        }

        // What no token stands for, such as white space at the end, belongs to the whole.
        _cuts[count] = text.Length;
    }

    public Range this[int token] => _ranges[token];

    /// <summary>Takes as many tokens from the start of the text as can be taken.</summary>
    /// <returns>How many, at most <paramref name="max"/>, and the position behind them.</returns>
    public (int Count, int Index) FromStart(int max)
    {
        int count = Math.Min(max, _ranges.Length);
        while (_cuts[count] < 0)
        {
            count--;
        }

        return (count, _cuts[count]);
    }

    /// <summary>Takes as many tokens from the end of the text as can be taken.</summary>
    /// <returns>How many, at most <paramref name="max"/>, and the position at which they begin.</returns>
    public (int Count, int Index) FromEnd(int max)
    {
        int count = Math.Min(max, _ranges.Length);
        while (_cuts[_ranges.Length - count] < 0)
        {
            count--;
        }

        return (count, count == _ranges.Length ? 0 : _cuts[_ranges.Length - count]);
    }

    // Null where every code point is one unit.
    private static int[]? UnitsByCodePoint(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
        {
            return null;
        }

        List<int> units = new(text.Length + 1);
        for (int i = 0; i < text.Length; i += char.IsSurrogatePair(text, i) ? 2 : 1)
        {
            units.Add(i);
        }

        units.Add(text.Length);
        return [.. units];
    }
}
