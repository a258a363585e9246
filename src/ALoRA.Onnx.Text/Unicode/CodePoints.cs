using System.Text;

namespace ALoRA.Onnx.Unicode;

/// <summary>
/// Strings as Python sees them: sequences of code points. .NET holds UTF-16, where a code point beyond U+FFFF takes two units.
/// </summary>
internal static class CodePoints
{
    /// <summary>True where units and code points are the same, which makes every position direct.</summary>
    public static bool AreUnits(string text) => !text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF');

    public static int Count(string text) => AreUnits(text) ? text.Length : CountBefore(text, text.Length);

    /// <summary>The code points among the first <paramref name="units"/> units.</summary>
    public static int CountBefore(string text, int units)
    {
        int count = 0;
        for (int i = 0; i < units; i += LengthAt(text, i))
        {
            count++;
        }

        return count;
    }

    /// <summary>The unit at which a code point starts; the text's length where there are fewer.</summary>
    public static int UnitOf(string text, int codePoint)
    {
        if (AreUnits(text))
        {
            return Math.Min(codePoint, text.Length);
        }

        int unit = 0;
        for (int i = 0; i < codePoint && unit < text.Length; i++)
        {
            unit += LengthAt(text, unit);
        }

        return unit;
    }

    public static int LengthAt(string text, int unit) =>
        unit + 1 < text.Length && char.IsSurrogatePair(text[unit], text[unit + 1]) ? 2 : 1;

    /// <summary>The code point at a unit; a lone surrogate stands for itself.</summary>
    public static int At(string text, int unit) =>
        LengthAt(text, unit) == 2 ? char.ConvertToUtf32(text[unit], text[unit + 1]) : text[unit];

    public static IEnumerable<string> Split(string text)
    {
        for (int i = 0; i < text.Length;)
        {
            int length = LengthAt(text, i);
            yield return length == 1 ? SingleCharacter.Of(text[i]) : text.Substring(i, length);
            i += length;
        }
    }

    public static string Reverse(string text)
    {
        StringBuilder result = new(text.Length);
        for (int end = text.Length; end > 0;)
        {
            int length = end > 1 && char.IsSurrogatePair(text[end - 2], text[end - 1]) ? 2 : 1;
            result.Append(text, end - length, length);
            end -= length;
        }

        return result.ToString();
    }

    /// <summary>Ordinal order by code point; UTF-16 order differs between U+E000 and U+FFFF and what lies beyond.</summary>
    public static int Compare(string left, string right)
    {
        int common = left.AsSpan().CommonPrefixLength(right);
        if (common == left.Length || common == right.Length)
        {
            return left.Length.CompareTo(right.Length);
        }

        (char a, char b) = (left[common], right[common]);
        return char.IsSurrogate(a) != char.IsSurrogate(b) ? (char.IsSurrogate(a) ? 1 : -1) : a.CompareTo(b);
    }
}
