using System.Globalization;
using System.Numerics;
using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Python.Values;

namespace ALoRA.Onnx.Templating.Syntax;

/// <summary>
/// Number literals: decimal, 0b, 0o and 0x integers of any size, and floats; digits may be grouped by single underscores.
/// </summary>
internal static class NumberLiteral
{
    // Python refuses decimal texts beyond this length (sys.set_int_max_str_digits), because converting them takes quadratic time.
    private const int MaxDigits = 4300;

    public static TagLexer.Result Read(string text, int start, int line)
    {
        int end = FloatEnd(text, start);
        if (end > 0)
        {
            double value = double.Parse(Digits(text, start, end), NumberStyles.Float, CultureInfo.InvariantCulture);
            return new(new(TokenKind.Float, line, text[start..end], value), end);
        }

        int radix = Radix(text, start);
        if (radix != 10)
        {
            end = GroupedEnd(text, start + 2, radix, leadingUnderscore: true);
            return end < 0 ? Decimal(text, start, line) : Integer(text, start, start + 2, end, radix, line);
        }

        return Decimal(text, start, line);
    }

    private static TagLexer.Result Decimal(string text, int start, int line)
    {
        int end = start + 1;
        bool zero = text[start] == '0';
        while (end < text.Length)
        {
            int digit = text[end] == '_' && end + 1 < text.Length ? end + 1 : end;
            if (!char.IsAsciiDigit(text[digit]) || (zero && text[digit] != '0'))
            {
                break;
            }

            end = digit + 1;
        }

        return Integer(text, start, start, end, 10, line);
    }

    private static TagLexer.Result Integer(string text, int start, int digitsStart, int end, int radix, int line)
    {
        string digits = Digits(text, digitsStart, end);
        if (digits.Length > MaxDigits)
        {
            throw new SyntaxFailure($"an integer literal of {digits.Length} digits is longer than {MaxDigits}", line);
        }

        BigInteger value = BigInteger.Zero;
        if (radix == 10)
        {
            value = BigInteger.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
        }
        else
        {
            foreach (char c in digits)
            {
                value = (value * radix) + Convert.ToInt32(c.ToString(), 16);
            }
        }

        return new(new(TokenKind.Integer, line, text[start..end], PythonInteger.Normalize(value)), end);
    }

    private static int Radix(string text, int start) => text[start] != '0' || start + 1 >= text.Length ? 10 : text[start + 1] switch
    {
        'b' or 'B' => 2,
        'o' or 'O' => 8,
        'x' or 'X' => 16,
        _ => 10,
    };

    private static int FloatEnd(string text, int start)
    {
        if (start > 0 && text[start - 1] == '.')
        {
            return -1;
        }

        int end = GroupedEnd(text, start, 10, leadingUnderscore: false);
        bool isFloat = false;
        if (end < text.Length && text[end] == '.')
        {
            int fraction = GroupedEnd(text, end + 1, 10, leadingUnderscore: false);
            isFloat = fraction > 0;
            end = isFloat ? fraction : end;
        }

        if (end < text.Length && text[end] is 'e' or 'E')
        {
            int digits = end + 1 < text.Length && text[end + 1] is '+' or '-' ? end + 2 : end + 1;
            int exponent = GroupedEnd(text, digits, 10, leadingUnderscore: false);
            isFloat |= exponent > 0;
            end = exponent > 0 ? exponent : end;
        }

        return isFloat ? end : -1;
    }

    /// <summary>The end of digits grouped by single underscores; -1 where there is no digit.</summary>
    private static int GroupedEnd(string text, int start, int radix, bool leadingUnderscore)
    {
        int end = -1;
        for (int i = start; i < text.Length; i++)
        {
            if (text[i] == '_' && (end == i || (leadingUnderscore && i == start)))
            {
                continue;
            }

            if (!char.IsAsciiHexDigit(text[i]) || Convert.ToInt32(text[i].ToString(), 16) >= radix)
            {
                break;
            }

            end = i + 1;
        }

        return end;
    }

    private static string Digits(string text, int start, int end) => text[start..end].Replace("_", "", StringComparison.Ordinal);
}
