namespace ALoRA.Onnx.Training.Data;

/// <summary>
/// Whether two parts that are encoded by themselves have the ids of both texts encoded together: if not, a token reaches over their border
/// there. Immutable, thread-safe.
/// </summary>
internal sealed class TokenBorder(HfTokenizer tokenizer)
{
    // Enough for any token and what decides how its neighbours are cut, and short enough to be encoded for each row.
    private const int Context = 12;

    /// <summary>Checks a border.</summary>
    /// <param name="left">Ids before it.</param>
    /// <param name="right">Ids behind it.</param>
    /// <param name="leftName">What to call them.</param>
    /// <param name="rightName">What to call these.</param>
    /// <exception cref="FormatException">The parts merge.</exception>
    public void Check(ReadOnlySpan<int> left, ReadOnlySpan<int> right, string leftName, string rightName)
    {
        left = Near(left[^Math.Min(left.Length, Context)..], fromEnd: true);
        right = Near(right[..Math.Min(right.Length, Context)], fromEnd: false);
        string before = tokenizer.Decode(left);
        string behind = tokenizer.Decode(right);

        // A piece of text that is not its ids again, such as half a character, says nothing about the border.
        if (left.IsEmpty || right.IsEmpty || !Encodes(before, left) || !Encodes(behind, right))
        {
            return;
        }

        int[] whole = tokenizer.Encode(before + behind);
        int[] parts = [.. left, .. right];
        if (!whole.AsSpan().SequenceEqual(parts))
        {
            int first = whole.AsSpan().CommonPrefixLength(parts);
            throw new FormatException(
                $"{rightName} merges with {leftName}: \"{(before + behind).ReplaceLineEnds()}\" encoded whole has at the border "
                + $"{TokenText.Describe(tokenizer, whole.AsSpan(first, Math.Min(4, whole.Length - first)))}, encoded in parts "
                + $"{TokenText.Describe(tokenizer, parts.AsSpan(first, Math.Min(4, parts.Length - first)))}. "
                + "Let one of them begin or end with a special token, or move a space over the border.");
        }
    }

    private bool Encodes(string text, ReadOnlySpan<int> ids) => tokenizer.Encode(text).AsSpan().SequenceEqual(ids);

    // A special token is never part of another: what lies beyond it cannot reach the border.
    private ReadOnlySpan<int> Near(ReadOnlySpan<int> ids, bool fromEnd)
    {
        for (int i = 0; i < ids.Length; i++)
        {
            int at = fromEnd ? ids.Length - 1 - i : i;
            if (tokenizer.IsMark(ids[at]))
            {
                return fromEnd ? ids[at..] : ids[..(at + 1)];
            }
        }

        return ids;
    }
}
