using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Tokenization.Text;

/// <summary>A text after normalization, with the stretch of the original text that each UTF-16 unit came from. Immutable.</summary>
/// <remarks>
/// As long as nothing changed place, unit i came from unit <see cref="Origin"/> + i, and no arrays are held.
/// </remarks>
internal sealed class AlignedText
{
    private readonly int[]? _starts;
    private readonly int[]? _ends;

    /// <summary>A text that is still the original's stretch from <paramref name="origin"/> on.</summary>
    /// <param name="text">The stretch.</param>
    /// <param name="origin">Where it begins.</param>
    /// <param name="growth">The limit of the whole text; null where the stretch is all there is.</param>
    public AlignedText(string text, int origin, GrowthLimit? growth = null)
    {
        Text = text;
        Origin = origin;
        Growth = growth ?? new GrowthLimit(text.Length);
    }

    /// <summary>A text whose unit i came from the original's units <c>[starts[i], ends[i])</c>.</summary>
    public AlignedText(string text, int origin, int[] starts, int[] ends, GrowthLimit growth)
        : this(text, origin, growth)
    {
        _starts = starts;
        _ends = ends;
    }

    public string Text { get; }

    /// <summary>Where the original's stretch begins: what stands before every source comes from there.</summary>
    public int Origin { get; }

    /// <summary>By how much the text may still grow.</summary>
    public GrowthLimit Growth { get; }

    public int OriginalStart(int unit) => _starts is null ? Origin + unit : _starts[unit];

    public int OriginalEnd(int unit) => _ends is null ? Origin + unit + 1 : _ends[unit];

    /// <summary>A stretch that does not cut a surrogate pair.</summary>
    public AlignedText Slice(int start, int end) =>
        start == 0 && end == Text.Length && _starts is null ? this
        : _starts is null ? new AlignedText(Text[start..end], Origin + start, Growth)
        : new AlignedText(Text[start..end], _starts[start], _starts[start..end], _ends![start..end], Growth);

    /// <summary>A stretch as a text of its own that still belongs to the whole original.</summary>
    public AlignedText Cut(int start, int end)
    {
        AlignedTextBuilder builder = new(this, end - start);
        builder.Append(this, start, end);
        return builder.Build();
    }

    /// <summary>The place of the code point that ends before a unit; the very beginning if there is none.</summary>
    public (int Start, int End) PlaceBefore(int unit)
    {
        if (unit == 0)
        {
            return (Origin, Origin);
        }

        int first = unit - CodePoints.Units(CodePoints.Before(Text, unit));
        return (OriginalStart(first), OriginalEnd(unit - 1));
    }

    /// <summary>The same places under other characters, unit by unit.</summary>
    public AlignedText WithSameShape(string text) =>
        text.Length != Text.Length ? throw new ArgumentException("The text must keep its length.", nameof(text))
        : _starts is null ? new AlignedText(text, Origin, Growth)
        : new AlignedText(text, Origin, _starts, _ends!, Growth);

    /// <summary>Rewrites the text code point by code point; <see cref="CodePointChange"/> says what each one takes the place of.</summary>
    /// <param name="changes">The new text.</param>
    /// <param name="removedFirst">How many code points were dropped before the first of the new ones.</param>
    public AlignedText Rewrite(IReadOnlyList<CodePointChange> changes, int removedFirst = 0)
    {
        AlignedTextBuilder builder = new(this, changes.Sum(change => (long)CodePoints.Units(change.CodePoint)));
        int source = Skip(0, removedFirst);
        foreach ((int codePoint, int change) in changes)
        {
            int next = change > 0 ? source : Skip(source, 1);
            (int start, int end) = PlaceBefore(next);
            source = Skip(next, Math.Max(-change, 0));
            builder.Append(codePoint, start, end);
        }

        return builder.Build();
    }

    private int Skip(int index, int codePoints)
    {
        for (; codePoints > 0 && index < Text.Length; codePoints--)
        {
            index += CodePoints.Units(CodePoints.At(Text, index));
        }

        return index;
    }
}
