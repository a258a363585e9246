using System.Globalization;
using ALoRA.Onnx.Patterns;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Constraints.Patterns;

/// <summary>Reads the sets of a pattern: classes, escapes, properties.</summary>
/// <remarks>
/// Dialects differ on <c>\d</c>, <c>\w</c> and <c>\s</c> beyond ASCII.
/// What is generated matches in all of them: each has a narrow set, and where it is negated, a wide one;
/// for patterns that must not match it is the other way round.
/// </remarks>
internal sealed class PatternSets(PatternCursor cursor, PatternReading reading)
{
    private static readonly CodePointSet Digits = CodePointSet.Range('0', '9');
    private static readonly CodePointSet Words = CodePointSet.Union([('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')]);
    private static readonly CodePointSet Spaces = UnicodeProperties.WhiteSpace.Except(CodePointSet.Of(0x85));

    private static readonly CodePointSet ExactSpaces = CodePointSet.Union(Spaces, CodePointSet.Of(0xFEFF));

    /// <summary>Code points that UTF-8 can hold.</summary>
    public static CodePointSet Scalars { get; } = CodePointSet.Union([(0, 0xD7FF), (0xE000, 0x10FFFF)]);

    /// <summary>What <c>.</c> stands for.</summary>
    public static CodePointSet AnyInLine { get; } = Scalars.Except(CodePointSet.Union([('\n', '\n'), ('\r', '\r'), (0x2028, 0x2029)]));

    /// <summary>A single character; empty for a surrogate.</summary>
    public static CodePointSet Of(int codePoint) => CodePointSet.Of(codePoint).Intersect(Scalars);

    /// <summary>What stands behind a backslash outside of a class.</summary>
    public CodePointSet ReadEscape()
    {
        int letter = cursor.Next();
        return letter switch
        {
            'b' or 'B' => throw cursor.Error("word boundaries are not supported"),
            'k' or (>= '1' and <= '9') => throw cursor.Error("back-references are not supported"),
            _ => ReadEscapedSet(letter, wide: false) ?? Of(ReadCodePoint(letter)),
        };
    }

    /// <summary>A class, whose opening bracket was read.</summary>
    public CodePointSet ReadClass()
    {
        bool negated = cursor.TryTake("^");
        List<CodePointSet> sets = [];
        while (!cursor.TryTake("]"))
        {
            CodePointSet? set = ReadMember(negated, out int first);
            int start = cursor.Position;
            if (cursor.TryTake("-") && cursor.Peek is not (']' or -1))
            {
                CodePointSet? end = ReadMember(negated, out int last);
                sets.Add(set is null && end is null && first <= last
                    ? CodePointSet.Range(first, last)
                    : throw cursor.Error("a range of a class is out of order or has no single end"));
                continue;
            }

            cursor.Position = start;
            sets.Add(set ?? CodePointSet.Of(first));
        }

        CodePointSet all = CodePointSet.Union([.. sets]);
        return (negated ? Complement(all) : all).Intersect(Scalars);
    }

    private CodePointSet? ReadMember(bool wide, out int codePoint)
    {
        codePoint = cursor.Next();
        if (codePoint != '\\')
        {
            return null;
        }

        int letter = cursor.Next();
        CodePointSet? set = ReadEscapedSet(letter, wide);
        codePoint = set is not null ? -1 : letter == 'b' ? '\b' : ReadCodePoint(letter);
        return set;
    }

    private CodePointSet? ReadEscapedSet(int letter, bool wide) => letter switch
    {
        'd' => Set(wide, Digits, Digits, () => UnicodeProperties.Category("Nd")),
        'D' => Complement(Set(!wide, Digits, Digits, () => UnicodeProperties.Category("Nd"))),
        'w' => Set(wide, Words, Words, WideWords),
        'W' => Complement(Set(!wide, Words, Words, WideWords)),
        's' => Set(wide, Spaces, ExactSpaces, WideSpaces),
        'S' => Complement(Set(!wide, Spaces, ExactSpaces, WideSpaces)),
        'p' => ReadProperty(),
        'P' => Complement(ReadProperty()),
        _ => null,
    };

    // A set that is taken away must be wide for the whole to be narrow, and the other way round.
    private CodePointSet Set(bool wide, CodePointSet narrowest, CodePointSet exact, Func<CodePointSet> widest) =>
        reading == PatternReading.Exact ? exact : wide != (reading == PatternReading.Wide) ? widest() : narrowest;

    private CodePointSet ReadProperty()
    {
        if (!cursor.TryTake("{"))
        {
            throw cursor.Error("a property needs braces");
        }

        string name = cursor.TakeUntil('}');
        int equals = name.IndexOf('=', StringComparison.Ordinal);
        if (equals >= 0 && name[..equals] is not ("Script" or "sc" or "General_Category" or "gc"))
        {
            throw cursor.Error($"there is no property '{name}'");
        }

        return PropertyNames.Find(name[(equals + 1)..]) ?? throw cursor.Error($"there is no property '{name}'");
    }

    private int ReadCodePoint(int letter)
    {
        switch (letter)
        {
            case 'c' when cursor.Peek is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z'):
                return cursor.Next() % 32;
            case '0' when cursor.Peek is < '0' or > '9':
                return 0;
            case 'u' when cursor.TryTake("{"):
                return int.TryParse(cursor.TakeUntil('}'), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int value)
                    && value is >= 0 and < CodePointSet.Limit
                    ? value
                    : throw cursor.Error("an escape is no code point");
            case 'u':
                return ReadUnits();
            case 't' or 'n' or 'r' or 'f' or 'v' or 'x':
                return cursor.ReadEscapedCodePoint(letter);
            default:
                return char.IsAsciiLetterOrDigit((char)Math.Min(letter, 0xFFFF))
                    ? throw cursor.Error($"there is no escape '\\{(char)letter}'")
                    : letter;
        }
    }

    private int ReadUnits()
    {
        int unit = cursor.ReadEscapedCodePoint('u');
        int start = cursor.Position;
        if (unit is >= 0xD800 and < 0xDC00 && cursor.TryTake("\\u"))
        {
            int low = cursor.ReadEscapedCodePoint('u');
            if (low is >= 0xDC00 and < 0xE000)
            {
                return char.ConvertToUtf32((char)unit, (char)low);
            }

            cursor.Position = start;
        }

        return unit;
    }

    private static CodePointSet Complement(CodePointSet set) => set.IsEmpty ? Scalars : set.Complement().Intersect(Scalars);

    private static CodePointSet WideWords() =>
        CodePointSet.Union(
            UnicodeProperties.Word, UnicodeProperties.Category("L"), UnicodeProperties.Category("N"), CodePointSet.Range(0x200C, 0x200D));

    private static CodePointSet WideSpaces() =>
        CodePointSet.Union(UnicodeProperties.WhiteSpace, CodePointSet.Range(0x1C, 0x1F), CodePointSet.Of(0xFEFF));
}
