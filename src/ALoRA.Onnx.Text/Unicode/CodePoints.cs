using System.Runtime.CompilerServices;
using System.Text;

namespace ALoRA.Onnx.Unicode;

/// <summary>
/// Texts as Python and Rust see them: sequences of code points. .NET holds UTF-16, where a code point beyond U+FFFF takes two units. An
/// unpaired surrogate stands for itself.
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

    /// <summary>The units of the code point that ends before a unit.</summary>
    public static int LengthBefore(string text, int unit) => unit > 1 && char.IsSurrogatePair(text[unit - 2], text[unit - 1]) ? 2 : 1;

    /// <summary>The code point that starts at a unit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int At(ReadOnlySpan<char> text, int unit)
    {
        char first = text[unit];
        return char.IsHighSurrogate(first) && unit + 1 < text.Length && char.IsLowSurrogate(text[unit + 1])
            ? char.ConvertToUtf32(first, text[unit + 1])
            : first;
    }

    /// <summary>The code point that ends before a unit.</summary>
    public static int Before(ReadOnlySpan<char> text, int unit)
    {
        char last = text[unit - 1];
        return char.IsLowSurrogate(last) && unit > 1 && char.IsHighSurrogate(text[unit - 2])
            ? char.ConvertToUtf32(text[unit - 2], last)
            : last;
    }

    /// <summary>How many UTF-16 units a code point takes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Units(int codePoint) => codePoint >= 0x10000 ? 2 : 1;

    /// <summary>How many bytes a code point takes in UTF-8.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Utf8Length(int codePoint) => codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;

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
            int length = LengthBefore(text, end);
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

    /// <summary>Replaces what UTF-8 cannot hold, unpaired surrogates, by U+FFFD.</summary>
    public static string WithoutUnpairedSurrogates(string text)
    {
        if (AreUnits(text))
        {
            return text;
        }

        char[]? repaired = null;
        for (int i = 0; i < text.Length; i++)
        {
            if (LengthAt(text, i) == 2)
            {
                i++;
            }
            else if (char.IsSurrogate(text[i]))
            {
                repaired ??= text.ToCharArray();
                repaired[i] = '\uFFFD';
            }
        }

        return repaired is null ? text : new string(repaired);
    }
}
