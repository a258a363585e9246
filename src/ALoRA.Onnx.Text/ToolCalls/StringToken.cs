using System.Text;

namespace ALoRA.Onnx.ToolCalls;

/// <summary>Reads a text in quotation marks character by character and writes it as JSON. One thread.</summary>
internal sealed class StringToken(bool isPython)
{
    private char _quote;
    private bool _isEscape;
    private int _digitsLeft;
    private int _code;
    private char _half;
    private bool _isHalfEscaped;

    /// <summary>Whether the closing quotation mark was taken.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Begins behind a quotation mark.</summary>
    public void Start(char quote, StringBuilder json)
    {
        (_quote, IsDone, _isEscape, _digitsLeft, _half) = (quote, false, false, 0, '\0');
        json.Append('"');
    }

    /// <summary>Takes the next character.</summary>
    /// <returns>What is wrong with it; null if nothing is.</returns>
    public string? Take(char c, StringBuilder json)
    {
        if (_digitsLeft > 0)
        {
            return TakeDigit(c, json);
        }

        if (_isEscape)
        {
            _isEscape = false;
            return TakeEscape(c, json);
        }

        if (c == '\\')
        {
            _isEscape = true;
            return null;
        }

        if (c == _quote)
        {
            IsDone = true;
            json.Append('"');
            return _half == '\0' ? null : HalfPair;
        }

        return c < ' ' ? $"a text holds U+{(int)c:X4}, which must be written as an escape" : Add(c, isEscaped: false, json);
    }

    /// <summary>Writes a text as JSON.</summary>
    public static void Write(string text, StringBuilder json)
    {
        json.Append('"');
        foreach (char c in text)
        {
            Write(c, json);
        }

        json.Append('"');
    }

    private const string HalfPair = "a text holds half a surrogate pair, which is no character";

    private string? TakeEscape(char c, StringBuilder json)
    {
        int plain = c switch
        {
            '"' or '\\' => c,
            'b' => '\b',
            'f' => '\f',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            '/' when !isPython => c,
            '\'' when isPython => c,
            'a' when isPython => '\a',
            'v' when isPython => '\v',
            _ => -1,
        };
        if (plain >= 0)
        {
            return Add((char)plain, isEscaped: true, json);
        }

        // In Python, other escapes mean the backslash and the character today, and nothing tomorrow; in JSON "\/" means the slash.
        _code = 0;
        _digitsLeft = c switch { 'u' => 4, 'x' when isPython => 2, 'U' when isPython => 8, _ => 0 };
        return _digitsLeft > 0 ? null : $"a text holds the escape '\\{c}', which has no meaning";
    }

    private string? TakeDigit(char c, StringBuilder json)
    {
        if (!char.IsAsciiHexDigit(c))
        {
            return $"a text holds an escape with '{c}' in place of a hexadecimal digit";
        }

        _code = (_code << 4) | Convert.ToInt32(c.ToString(), 16);
        if (--_digitsLeft > 0)
        {
            return null;
        }

        if (_code is >= 0 and <= char.MaxValue)
        {
            return Add((char)_code, isEscaped: true, json);
        }

        return !Rune.IsValid(_code) ? "a text holds the number of no character"
            : Add(char.ConvertFromUtf32(_code)[0], isEscaped: true, json) ?? Add(char.ConvertFromUtf32(_code)[1], isEscaped: true, json);
    }

    private string? Add(char c, bool isEscaped, StringBuilder json)
    {
        if (char.IsLowSurrogate(c) != (_half != '\0') || (_half != '\0' && _isHalfEscaped != isEscaped))
        {
            return HalfPair;
        }

        if (char.IsHighSurrogate(c))
        {
            (_half, _isHalfEscaped) = (c, isEscaped);
            return null;
        }

        if (_half != '\0')
        {
            json.Append(_half);
            _half = '\0';
        }

        Write(c, json);
        return null;
    }

    private static void Write(char c, StringBuilder json)
    {
        if (c is '"' or '\\')
        {
            json.Append('\\').Append(c);
        }
        else if (c < ' ')
        {
            json.Append($"\\u{(int)c:x4}");
        }
        else
        {
            json.Append(c);
        }
    }
}
