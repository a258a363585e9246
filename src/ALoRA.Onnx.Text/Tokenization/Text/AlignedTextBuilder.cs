using System.Runtime.CompilerServices;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Tokenization.Text;

/// <summary>Collects a new text with the places its characters came from.</summary>
internal sealed class AlignedTextBuilder(int origin, int sourceLength)
{
    // No character of Unicode has a longer decomposition than 18.
    private const int MaxExpansion = 20;
    private const int BaseLimit = 1_000_000;
    private char[] _text = new char[sourceLength + 16];
    private int[] _starts = new int[sourceLength + 16];
    private int[] _ends = new int[sourceLength + 16];

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

    public AlignedText Build() => new(new string(_text, 0, Length), origin, _starts, _ends);

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
        long limit = BaseLimit + ((long)sourceLength * MaxExpansion);
        if (Length >= limit)
        {
            throw new InvalidOperationException(
                $"The tokenizer's normalizer makes more than {limit} characters of {sourceLength}. Check its rules in tokenizer.json.");
        }

        int larger = Length * 2;
        Array.Resize(ref _text, larger);
        Array.Resize(ref _starts, larger);
        Array.Resize(ref _ends, larger);
    }
}
