using System.Globalization;
using System.Numerics;
using ALoRA.Onnx.Python.Failures;

namespace ALoRA.Onnx.Python.Values;

/// <summary>Rounds to decimals exactly, half to even, as Python does; .NET's formats and <c>Math.Round</c> work on other values.</summary>
internal static class Rounding
{
    // Beyond these no float has digits, or none before the point.
    private const int MaxDecimals = 1100;

    /// <summary>Python's <c>round(value, precision)</c>: an integer stays one.</summary>
    public static object Round(object? value, object? precision)
    {
        int decimals = precision is null ? 0 : PythonInteger.Index(precision, "round");
        switch (value)
        {
            case double number when precision is null:
                return double.IsFinite(number)
                    ? PythonInteger.Normalize(Scaled(number, 0))
                    : throw TemplateFailure.Overflow("cannot convert float infinity or NaN to integer");
            case double number:
                return ToDecimals(number, decimals);
            case long or bool or BigInteger:
                BigInteger integer = PythonInteger.Of(value)!.Value;
                return PythonInteger.Normalize(decimals >= 0 ? integer : RoundInteger(integer, decimals));
            default:
                throw TemplateFailure.Type($"type {PythonType.NameOf(value)} doesn't define __round__ method");
        }
    }

    /// <summary>A finite number with exactly so many decimals, as <c>%.3f</c> prints it, without sign for positive ones.</summary>
    public static string Fixed(double value, int decimals)
    {
        string digits = BigInteger.Abs(Scaled(value, decimals)).ToString(CultureInfo.InvariantCulture).PadLeft(decimals + 1, '0');
        string sign = double.IsNegative(value) ? "-" : "";
        return decimals == 0 ? sign + digits : $"{sign}{digits[..^decimals]}.{digits[^decimals..]}";
    }

    /// <summary>value × 10^decimals, rounded half to even, exactly.</summary>
    public static BigInteger Scaled(double value, int decimals)
    {
        long bits = BitConverter.DoubleToInt64Bits(value);
        int exponent = (int)((bits >> 52) & 0x7FF);
        long mantissa = (bits & 0xFFFFFFFFFFFFF) | (exponent == 0 ? 0 : 1L << 52);
        int shift = Math.Max(exponent, 1) - 1075;
        BigInteger numerator = mantissa;
        BigInteger denominator = BigInteger.One;
        numerator *= decimals >= 0 ? BigInteger.Pow(10, decimals) : BigInteger.One;
        denominator *= decimals < 0 ? BigInteger.Pow(10, -decimals) : BigInteger.One;
        numerator <<= Math.Max(shift, 0);
        denominator <<= Math.Max(-shift, 0);
        BigInteger rounded = HalfEven(numerator, denominator);
        return bits < 0 ? -rounded : rounded;
    }

    private static double ToDecimals(double value, int decimals)
    {
        if (!double.IsFinite(value) || value == 0 || decimals > MaxDecimals)
        {
            return value;
        }

        if (decimals < -400)
        {
            return Math.CopySign(0, value);
        }

        string text = string.Create(CultureInfo.InvariantCulture, $"{BigInteger.Abs(Scaled(value, decimals))}E{-decimals}");
        double rounded = double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
        return double.IsInfinity(rounded)
            ? throw TemplateFailure.Overflow("rounded value too large to represent")
            : Math.CopySign(rounded, value);
    }

    private static BigInteger RoundInteger(BigInteger value, int decimals)
    {
        BigInteger unit = BigInteger.Pow(10, (int)Math.Min(-(long)decimals, 5000));
        BigInteger rounded = HalfEven(BigInteger.Abs(value), unit) * unit;
        return value.Sign < 0 ? -rounded : rounded;
    }

    private static BigInteger HalfEven(BigInteger numerator, BigInteger denominator)
    {
        BigInteger quotient = BigInteger.DivRem(numerator, denominator, out BigInteger remainder);
        int order = (remainder * 2).CompareTo(denominator);
        return order > 0 || (order == 0 && !quotient.IsEven) ? quotient + 1 : quotient;
    }
}
