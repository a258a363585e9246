using System.Globalization;
using System.Text;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Python.Strings;

/// <summary>Python's <c>upper</c>, <c>lower</c>, <c>title</c>, <c>capitalize</c>, <c>swapcase</c> and <c>casefold</c>.</summary>
internal static class TextCase
{
    public static string Upper(string text) => Ascii.IsValid(text) ? text.ToUpperInvariant() : Map(text, (c, _) => CaseMapping.Upper(c));

    public static string Lower(string text) => Ascii.IsValid(text) ? text.ToLowerInvariant() : Map(text, (c, i) => LowerAt(text, c, i));

    public static string Fold(string text) => Map(text, (c, _) => CaseMapping.Fold(c));

    public static string Swap(string text) =>
        Map(text, (c, i) => IsUpper(c) ? LowerAt(text, c, i) : IsLower(c) ? CaseMapping.Upper(c) : char.ConvertFromUtf32(c));

    public static string Capitalize(string text) => Map(text, (c, i) => i == 0 ? CaseMapping.Title(c) : LowerAt(text, c, i));

    /// <summary><c>str.title</c>: a letter after a letter is lowered, any other capitalized.</summary>
    public static string Title(string text)
    {
        bool afterCased = false;
        return Map(text, (c, i) =>
        {
            string mapped = afterCased ? LowerAt(text, c, i) : CaseMapping.Title(c);
            afterCased = IsCased(c);
            return mapped;
        });
    }

    // Besides letters of the category, Unicode's Other_Uppercase and Other_Lowercase: numerals, circled and modifier letters.
    public static bool IsUpper(int c) => CharUnicodeInfo.GetUnicodeCategory(c) == UnicodeCategory.UppercaseLetter
        || c is >= 0x2160 and <= 0x216F or >= 0x24B6 and <= 0x24CF or >= 0x1F130 and <= 0x1F149 or >= 0x1F150 and <= 0x1F169
            or >= 0x1F170 and <= 0x1F189;

    public static bool IsLower(int c) => CharUnicodeInfo.GetUnicodeCategory(c) == UnicodeCategory.LowercaseLetter
        || c is 0xAA or 0xBA or >= 0x2B0 and <= 0x2B8 or 0x2C0 or 0x2C1 or >= 0x2E0 and <= 0x2E4 or 0x345 or 0x37A
            or >= 0x1D2C and <= 0x1D6A or 0x1D78 or >= 0x1D9B and <= 0x1DBF or 0x2071 or 0x207F or >= 0x2090 and <= 0x209C
            or >= 0x2170 and <= 0x217F or >= 0x24D0 and <= 0x24E9 or 0x2C7C or 0x2C7D or 0xA69C or 0xA69D or 0xA770 or 0xA7F8 or 0xA7F9
            or >= 0xAB5C and <= 0xAB5F or 0x10780 or >= 0x10783 and <= 0x107BA;

    public static bool IsCased(int c) => IsUpper(c) || IsLower(c)
        || CharUnicodeInfo.GetUnicodeCategory(c) == UnicodeCategory.TitlecaseLetter;

    private static string LowerAt(string text, int c, int unit) => c == 'Σ' && IsFinalSigma(text, unit) ? "ς" : CaseMapping.Lower(c);

    private static bool IsFinalSigma(string text, int unit)
    {
        int before = unit - 1;
        while (before >= 0 && IsIgnorable(text[before]))
        {
            before--;
        }

        int after = unit + 1;
        while (after < text.Length && IsIgnorable(text[after]))
        {
            after++;
        }

        return before >= 0 && IsCased(text[before]) && (after >= text.Length || !IsCased(text[after]));
    }

    private static bool IsIgnorable(char c) => c is '\'' or '.' or ':' or '·' or '\u2019' || CharUnicodeInfo.GetUnicodeCategory(c)
        is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format or UnicodeCategory.ModifierLetter
            or UnicodeCategory.ModifierSymbol;

    private static string Map(string text, Func<int, int, string> map)
    {
        StringBuilder result = new(text.Length);
        for (int i = 0; i < text.Length;)
        {
            int length = CodePoints.LengthAt(text, i);
            int c = CodePoints.At(text, i);
            _ = c is >= 0xD800 and <= 0xDFFF ? result.Append((char)c) : result.Append(map(c, i));
            i += length;
        }

        return result.ToString();
    }
}
