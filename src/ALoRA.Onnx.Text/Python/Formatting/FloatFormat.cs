using System.Globalization;
using System.Numerics;
using ALoRA.Onnx.Python.Values;

namespace ALoRA.Onnx.Python.Formatting;

/// <summary>The <c>e</c>, <c>f</c> and <c>g</c> formats of C and Python: exact, rounded half to even.</summary>
internal static class FloatFormat
{
    // A float has at most 1,074 decimals and 767 significant digits; what is asked beyond is zeros.
    private const int MaxDigits = 1100;

    public static string Apply(char type, double value, int precision, bool keepsPoint)
    {
        if (!double.IsFinite(value))
        {
            string name = FloatPrinter.Shortest(value);
            return char.IsAsciiLetterUpper(type) ? name.ToUpperInvariant() : name;
        }

        string text = type switch
        {
            'f' or 'F' => Fixed(value, precision),
            'e' or 'E' => Exponential(value, precision),
            _ => General(value, precision, keepsPoint, threshold: 0),
        };
        text = keepsPoint && type is 'f' or 'F' or 'e' or 'E' ? WithPoint(text) : text;
        return char.IsAsciiLetterUpper(type) ? text.ToUpperInvariant() : text;
    }

    /// <summary>The format of a float that names a precision but no type: <c>g</c> with at least one decimal.</summary>
    public static string ApplyWithPoint(double value, int precision)
    {
        if (!double.IsFinite(value))
        {
            return FloatPrinter.Shortest(value);
        }

        string text = General(value, precision, keepsPoint: false, threshold: 1);
        return text.Contains('.') || text.Contains('e') ? text : text + ".0";
    }

    private static string Fixed(double value, int precision) =>
        precision <= MaxDigits
            ? Rounding.Fixed(value, precision)
            : Rounding.Fixed(value, MaxDigits) + new string('0', precision - MaxDigits);

    private static string Exponential(double value, int precision)
    {
        (string digits, int exponent) = Significant(value, Math.Min(precision, MaxDigits) + 1);
        digits = digits.PadRight(precision + 1, '0');
        string mantissa = precision == 0 ? digits : $"{digits[0]}.{digits[1..]}";
        return (double.IsNegative(value) ? "-" : "") + mantissa + Exponent(exponent);
    }

    private static string General(double value, int precision, bool keepsPoint, int threshold)
    {
        precision = Math.Max(precision, 1);
        (string digits, int exponent) = Significant(value, Math.Min(precision, MaxDigits));
        digits = keepsPoint ? digits.PadRight(precision, '0') : digits.TrimEnd('0').PadRight(1, '0');
        string sign = double.IsNegative(value) ? "-" : "";
        if (exponent < -4 || exponent >= precision - threshold)
        {
            string point = digits.Length > 1 || keepsPoint ? "." : "";
            return $"{sign}{digits[0]}{point}{digits[1..]}{Exponent(exponent)}";
        }

        if (exponent < 0)
        {
            return $"{sign}0.{new string('0', -exponent - 1)}{digits}";
        }

        string padded = digits.PadRight(exponent + 1, '0');
        string fraction = padded[(exponent + 1)..];
        return sign + padded[..(exponent + 1)] + (fraction.Length > 0 || keepsPoint ? "." : "") + fraction;
    }

    /// <summary>So many significant digits and the decimal exponent of the first.</summary>
    private static (string Digits, int Exponent) Significant(double value, int count)
    {
        if (value == 0)
        {
            return (new string('0', count), 0);
        }

        int exponent = FloatPrinter.Digits(value).Exponent;
        string digits = BigInteger.Abs(Rounding.Scaled(value, count - 1 - exponent)).ToString(CultureInfo.InvariantCulture);

        // Rounding up may carry into one digit more: 9.99 to two digits is 10.
        return digits.Length > count ? (digits[..count], exponent + 1) : (digits, exponent);
    }

    private static string Exponent(int exponent) =>
        string.Create(CultureInfo.InvariantCulture, $"e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}");

    private static string WithPoint(string text)
    {
        if (text.Contains('.'))
        {
            return text;
        }

        int exponent = text.IndexOf('e', StringComparison.Ordinal);
        return exponent < 0 ? text + "." : text.Insert(exponent, ".");
    }
}
