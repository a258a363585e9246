using System.Globalization;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Patterns;

/// <summary>Reads a pattern code point by code point, and the escapes that stand for a single one.</summary>
internal sealed class PatternCursor(string pattern)
{
    public int Position { get; set; }

    public string Pattern => pattern;

    public bool AtEnd => Position >= pattern.Length;

    /// <summary>The next code point, or -1 at the end.</summary>
    public int Peek => AtEnd ? -1 : CodePoints.At(pattern, Position);

    public int Next()
    {
        if (AtEnd)
        {
            throw Error("it ends too early");
        }

        int codePoint = CodePoints.At(pattern, Position);
        Position += CodePoints.Units(codePoint);
        return codePoint;
    }

    public bool TryTake(string text)
    {
        if (!pattern.AsSpan(Position).StartsWith(text, StringComparison.Ordinal))
        {
            return false;
        }

        Position += text.Length;
        return true;
    }

    /// <summary>The text up to <paramref name="end"/>, which is consumed too.</summary>
    public string TakeUntil(char end)
    {
        int index = pattern.IndexOf(end, Position);
        if (index < 0)
        {
            throw Error($"a '{end}' is missing");
        }

        string text = pattern[Position..index];
        Position = index + 1;
        return text;
    }

    public PatternSyntaxException Error(string what) => new($"{what} (at position {Math.Min(Position, pattern.Length)})");

    /// <summary>
    /// What follows a backslash, if it stands for one code point; -1 if it is something else (the cursor then stands behind the letter).
    /// </summary>
    public int ReadEscapedCodePoint(int letter)
    {
        switch (letter)
        {
            case 't': return '\t';
            case 'n': return '\n';
            case 'r': return '\r';
            case 'f': return '\f';
            case 'v': return '\v';
            case 'a': return '\a';
            case 'e': return 0x1B;
            case 'x': return TryTake("{") ? ParseHex(TakeUntil('}')) : ParseHex(TakeHexDigits(2));
            case 'u': return ParseHex(TakeHexDigits(4, exactly: true));
            case '0': return ReadOctal();
            default:
                bool isLetterOrDigit = letter is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9');
                return isLetterOrDigit ? -1 : letter;
        }
    }

    private int ReadOctal()
    {
        int value = 0;
        for (int i = 0; i < 2 && Peek is >= '0' and <= '7'; i++)
        {
            value = (value * 8) + Next() - '0';
        }

        return value;
    }

    private string TakeHexDigits(int count, bool exactly = false)
    {
        int start = Position;
        while (Position - start < count && Peek >= 0 && char.IsAsciiHexDigit((char)Math.Min(Peek, 0xFFFF)))
        {
            Position++;
        }

        if (exactly && Position - start < count)
        {
            throw Error($"an escape needs {count} hexadecimal digits");
        }

        return pattern[start..Position];
    }

    private int ParseHex(string digits)
    {
        bool isNumber = int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int value);
        if (!isNumber || value is < 0 or >= CodePointSet.Limit)
        {
            throw Error($"'{digits}' is no hexadecimal code point");
        }

        return value;
    }
}
