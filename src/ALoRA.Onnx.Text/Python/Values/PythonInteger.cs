using System.Globalization;
using System.Numerics;
using ALoRA.Onnx.Python.Failures;

namespace ALoRA.Onnx.Python.Values;

/// <summary>Integers of any size: a <see cref="long"/> where it fits, a <see cref="BigInteger"/> beyond.</summary>
internal static class PythonInteger
{
    /// <summary>Python's own limit for converting between integers and decimal text, which takes quadratic time.</summary>
    public const int MaxDigits = 4300;

    private static readonly BigInteger PrintLimit = BigInteger.Pow(10, MaxDigits);

    public static object Normalize(BigInteger value) =>
        value >= long.MinValue && value <= long.MaxValue ? (object)(long)value : value;

    /// <summary>The value as a big integer; null where it is no integer or boolean.</summary>
    public static BigInteger? Of(object? value) => value switch
    {
        long number => number,
        bool flag => flag ? BigInteger.One : BigInteger.Zero,
        BigInteger number => number,
        _ => null,
    };

    /// <summary>An index, count or width: clamped to 32 bits, as no sequence is longer.</summary>
    public static int Index(object? value, string function)
    {
        return value switch
        {
            long number => (int)Math.Clamp(number, int.MinValue, int.MaxValue),
            bool flag => flag ? 1 : 0,
            BigInteger number => number.Sign < 0 ? int.MinValue : int.MaxValue,
            UndefinedValue undefined => throw undefined.Failure(),
            _ => throw TemplateFailure.Type($"{function}: '{PythonType.NameOf(value)}' object cannot be interpreted as an integer"),
        };
    }

    public static string Print(BigInteger value) => BigInteger.Abs(value) < PrintLimit
        ? value.ToString(CultureInfo.InvariantCulture)
        : throw TemplateFailure.Value($"Exceeds the limit ({MaxDigits} digits) for integer string conversion");

    /// <summary>Python's <c>int(text, base)</c>; null where the text is no integer.</summary>
    public static BigInteger? Parse(string text, int radix)
    {
        string digits = PythonStrip.Strip(text, null);
        bool negative = digits.StartsWith('-');
        digits = digits.Length > 0 && digits[0] is '+' or '-' ? digits[1..] : digits;
        if (digits.Length > 1 && digits[0] == '0' && Prefix(digits[1]) is int prefix && (radix == prefix || radix == 0))
        {
            radix = prefix;
            digits = digits.Length > 2 && digits[2] == '_' ? digits[3..] : digits[2..];
        }
        else if (radix == 0)
        {
            radix = 10;
            if (digits.Length > 1 && digits[0] == '0' && digits.AsSpan().ContainsAnyExcept('0', '_'))
            {
                return null;
            }
        }

        if (digits.Length > MaxDigits)
        {
            throw TemplateFailure.Value($"Exceeds the limit ({MaxDigits} digits) for integer string conversion");
        }

        BigInteger value = BigInteger.Zero;
        bool afterDigit = false;
        foreach (char c in digits)
        {
            if (c == '_' && afterDigit)
            {
                afterDigit = false;
                continue;
            }

            int digit = Digit(c);
            if (digit < 0 || digit >= radix)
            {
                return null;
            }

            value = (value * radix) + digit;
            afterDigit = true;
        }

        return !afterDigit ? null : negative ? -value : value;
    }

    private static int? Prefix(char c) => c switch
    {
        'x' or 'X' => 16,
        'o' or 'O' => 8,
        'b' or 'B' => 2,
        _ => null,
    };

    private static int Digit(char c) => c switch
    {
        >= '0' and <= '9' => c - '0',
        >= 'a' and <= 'z' => c - 'a' + 10,
        >= 'A' and <= 'Z' => c - 'A' + 10,
        _ => CharUnicodeInfo.GetDecimalDigitValue(c),
    };
}
