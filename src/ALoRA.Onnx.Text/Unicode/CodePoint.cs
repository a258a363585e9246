using System.Globalization;
using System.Runtime.CompilerServices;

namespace ALoRA.Onnx.Unicode;

/// <summary>Reading code points from UTF-16, and the character tests that the reference takes from Rust's standard library.</summary>
internal static class CodePoint
{
    /// <summary>The code point that starts at <paramref name="index"/>. The text holds no unpaired surrogates.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int At(ReadOnlySpan<char> text, int index)
    {
        char unit = text[index];
        return char.IsHighSurrogate(unit) && index + 1 < text.Length ? char.ConvertToUtf32(unit, text[index + 1]) : unit;
    }

    /// <summary>The code point that ends before <paramref name="index"/>.</summary>
    public static int Before(ReadOnlySpan<char> text, int index)
    {
        char unit = text[index - 1];
        return char.IsLowSurrogate(unit) && index > 1 ? char.ConvertToUtf32(text[index - 2], unit) : unit;
    }

    /// <summary>How many UTF-16 units a code point takes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Units(int codePoint) => codePoint >= 0x10000 ? 2 : 1;

    /// <summary>How many bytes a code point takes in UTF-8.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Utf8Length(int codePoint) => codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;

    /// <summary>Unicode's White_Space property.</summary>
    public static bool IsWhiteSpace(int codePoint) => codePoint switch
    {
        <= 0x20 => codePoint is 0x20 or (>= 0x09 and <= 0x0D),
        < 0x1680 => codePoint is 0x85 or 0xA0,
        _ => codePoint is 0x1680 or (>= 0x2000 and <= 0x200A) or 0x2028 or 0x2029 or 0x202F or 0x205F or 0x3000,
    };

    /// <summary>General category Nd, Nl or No.</summary>
    public static bool IsNumeric(int codePoint) =>
        CharUnicodeInfo.GetUnicodeCategory(codePoint)
            is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber;

    /// <summary>Replaces what UTF-8 cannot hold, unpaired surrogates, by U+FFFD.</summary>
    public static string WithoutUnpairedSurrogates(string text)
    {
        if (text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') < 0)
        {
            return text;
        }

        char[]? repaired = null;
        for (int i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
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
