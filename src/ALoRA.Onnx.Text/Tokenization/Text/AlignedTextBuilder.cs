using System.Runtime.CompilerServices;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Tokenization.Text;

/// <summary>Collects a new text with the places its characters came from.</summary>
internal sealed class AlignedTextBuilder
{
    private const int Spare = 16;

    private readonly AlignedText _source;
    private char[] _text;
    private int[] _starts;
    private int[] _ends;

    /// <param name="source">What the text is made of.</param>
    /// <param name="expected">How long it is likely to become.</param>
    /// <exception cref="InvalidOperationException">That is more than the source may grow to.</exception>
    public AlignedTextBuilder(AlignedText source, long expected)
    {
        _source = source;
        source.Growth.Check(expected, source.Text.Length);
        _text = new char[expected + Spare];
        _starts = new int[expected + Spare];
        _ends = new int[expected + Spare];
    }

    public int Length { get; private set; }

    public void Append(int codePoint, int start, int end)
    {
        if (codePoint >= 0x10000)
        {
            codePoint -= 0x10000;
            AppendUnit((char)(0xD800 + (codePoint >> 10)), start, end);
            AppendUnit((char)(0xDC00 + (codePoint & 0x3FF)), start, end);
        }
        else
        {
            AppendUnit((char)codePoint, start, end);
        }
    }

    public void Append(ReadOnlySpan<char> text, int start, int end)
    {
        foreach (char unit in text)
        {
            AppendUnit(unit, start, end);
        }
    }

    /// <summary>Copies a stretch that does not cut a surrogate pair.</summary>
    public void Append(AlignedText source, int from, int to)
    {
        int units;
        for (int i = from; i < to; i += units)
        {
            int codePoint = CodePoints.At(source.Text, i);
            units = CodePoints.Units(codePoint);
            Append(codePoint, source.OriginalStart(i), source.OriginalEnd(i + units - 1));
        }
    }

    public AlignedText Build()
    {
        _source.Growth.Spend(Length, _source.Text.Length);
        return new AlignedText(new string(_text, 0, Length), _source.Origin, _starts, _ends, _source.Growth);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AppendUnit(char unit, int start, int end)
    {
        if (Length == _text.Length)
        {
            Grow();
        }

        _text[Length] = unit;
        _starts[Length] = start;
        _ends[Length++] = end;
    }

    private void Grow()
    {
        _source.Growth.Check(Length + 1L, _source.Text.Length);
        int larger = (int)Math.Min(Length * 2L, _source.Text.Length + _source.Growth.Left);
        Array.Resize(ref _text, larger);
        Array.Resize(ref _starts, larger);
        Array.Resize(ref _ends, larger);
    }
}
