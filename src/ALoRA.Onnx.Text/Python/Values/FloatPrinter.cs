using System.Globalization;

namespace ALoRA.Onnx.Python.Values;

/// <summary>
/// Floats as Python prints them: the shortest digits that read back the same, with an exponent below 1e-4 and from 1e16 on.
/// </summary>
internal static class FloatPrinter
{
    public static string Shortest(double value)
    {
        if (!double.IsFinite(value))
        {
            return double.IsNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
        }

        (bool negative, string digits, int exponent) = Digits(value);
        string sign = negative ? "-" : "";
        if (exponent is < -4 or >= 16)
        {
            string mantissa = digits.Length == 1 ? digits : $"{digits[0]}.{digits[1..]}";
            return string.Create(CultureInfo.InvariantCulture, $"{sign}{mantissa}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}");
        }

        if (exponent < 0)
        {
            return $"{sign}0.{new string('0', -exponent - 1)}{digits}";
        }

        string whole = digits.Length > exponent + 1 ? digits[..(exponent + 1)] : digits.PadRight(exponent + 1, '0');
        string fraction = digits.Length > exponent + 1 ? digits[(exponent + 1)..] : "0";
        return $"{sign}{whole}.{fraction}";
    }

    /// <summary>Sign, shortest digits without trailing zeros, and the decimal exponent of the first digit.</summary>
    public static (bool Negative, string Digits, int Exponent) Digits(double value)
    {
        // "E16" would round to 17 digits; "R" is the shortest that reads back the same, in one of two notations.
        string text = Math.Abs(value).ToString("R", CultureInfo.InvariantCulture);
        int mark = text.IndexOf('E', StringComparison.Ordinal);
        int exponent = mark < 0 ? 0 : int.Parse(text.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        string mantissa = mark < 0 ? text : text[..mark];
        int point = mantissa.IndexOf('.', StringComparison.Ordinal);
        int whole = point < 0 ? mantissa.Length : point;
        string digits = point < 0 ? mantissa : mantissa.Remove(point, 1);
        string significant = digits.TrimStart('0');
        exponent += whole - 1 - (digits.Length - significant.Length);
        significant = significant.TrimEnd('0');
        return (double.IsNegative(value), significant.Length == 0 ? "0" : significant, significant.Length == 0 ? 0 : exponent);
    }
}
