using System.Globalization;

namespace ALoRA.Onnx.Unicode;

/// <summary>
/// Classes of characters by Unicode code point: Python's (<c>str.isspace</c>, <c>str.isprintable</c> and the like) and those of Rust's
/// standard library (<see cref="IsWhiteSpace"/>, <see cref="IsNumber"/>).
/// </summary>
internal static class CharacterClass
{
    // Han characters that are numerals; .NET's tables give them no numeric value.
    private const string HanNumerals =
        "㐅㒃㠪㭍一七万三九二五亖亿什仟仨伍佰億兆兩八六十千卄卅卌叁参參叄四壱壹幺廾廿弌弍弎弐拾捌柒漆玖百肆萬貮貳贰阡陆陌陸零𠀁𠁤𠃢𠄡𠤪𠦃𠦌𠦜𠫪𠫽𠬙𢎐𢦘𣬛𦉭";

    /// <summary>Unicode's White_Space property.</summary>
    public static bool IsWhiteSpace(int codePoint) => codePoint switch
    {
        <= 0x20 => codePoint is 0x20 or (>= 0x09 and <= 0x0D),
        < 0x1680 => codePoint is 0x85 or 0xA0,
        _ => codePoint is 0x1680 or (>= 0x2000 and <= 0x200A) or 0x2028 or 0x2029 or 0x202F or 0x205F or 0x3000,
    };

    /// <summary>White space for Python: Unicode's, and the separators of ASCII.</summary>
    public static bool IsSpace(int c) => c is >= 0x1C and <= 0x1F || IsWhiteSpace(c);

    public static bool IsLineBreak(int c) =>
        c is >= 0x0A and <= 0x0D or >= 0x1C and <= 0x1E or 0x85 or 0x2028 or 0x2029;

    public static bool IsPrintable(int c) => c is >= 0x20 and < 0x7F || (c >= 0x7F && CharUnicodeInfo.GetUnicodeCategory(c)
        is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
            or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
            or UnicodeCategory.SpaceSeparator));

    public static bool IsAlphabetic(int c) => CharUnicodeInfo.GetUnicodeCategory(c)
        is UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
            or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter;

    public static bool IsDecimal(int c) => CharUnicodeInfo.GetUnicodeCategory(c) == UnicodeCategory.DecimalDigitNumber;

    /// <summary>General category Nd, Nl or No.</summary>
    public static bool IsNumber(int codePoint) =>
        CharUnicodeInfo.GetUnicodeCategory(codePoint)
            is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber;

    public static bool IsDigit(int c) => CharUnicodeInfo.GetDigitValue(char.ConvertFromUtf32(Scalar(c)), 0) >= 0;

    /// <summary>What has a numeric value, of any category.</summary>
    public static bool IsNumeric(int c) => CharUnicodeInfo.GetNumericValue(char.ConvertFromUtf32(Scalar(c)), 0) != -1.0
        || HanNumerals.Contains(char.ConvertFromUtf32(Scalar(c)), StringComparison.Ordinal);

    public static bool IsAlphanumeric(int c) => IsAlphabetic(c) || IsDecimal(c) || IsDigit(c) || IsNumeric(c);

    public static bool IsIdentifierStart(int c) =>
        c == '_' || IsAlphabetic(c) || CharUnicodeInfo.GetUnicodeCategory(c) == UnicodeCategory.LetterNumber;

    public static bool IsIdentifierPart(int c) => IsIdentifierStart(c) || CharUnicodeInfo.GetUnicodeCategory(c)
        is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark
            or UnicodeCategory.ConnectorPunctuation;

    /// <summary>What the regular expression class <c>\w</c> matches.</summary>
    public static bool IsWord(int c) => c == '_' || IsAlphanumeric(c);

    private static int Scalar(int c) => c is >= 0xD800 and <= 0xDFFF ? 0xFFFD : c;
}
