using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace ALoRA.Onnx.Constraints.Schemas;

/// <summary>An exact decimal number, <c>Unscaled · 10^-Scale</c>.</summary>
internal readonly record struct DecimalNumber(BigInteger Unscaled, int Scale) : IComparable<DecimalNumber>
{
    private const int MaxDigits = 100;

    public bool IsNegative => Unscaled.Sign < 0;

    public bool IsInteger => Scale == 0;

    /// <summary>Reads a number of a schema.</summary>
    /// <exception cref="JsonSchemaException">It is none, or has more digits than are reasonable.</exception>
    public static DecimalNumber Parse(SchemaLocation value)
    {
        if (value.Element.ValueKind != JsonValueKind.Number)
        {
            throw value.Error($"expected a number, got {SchemaText.Kind(value.Element)}.");
        }

        return TryParse(value.Element)
            ?? throw value.Error(
                $"expected a number of at most {MaxDigits} digits before and behind the point, got {SchemaText.Kind(value.Element)}.");
    }

    /// <summary>Reads a number; null if it has too many digits.</summary>
    public static DecimalNumber? TryParse(JsonElement number)
    {
        string text = number.GetRawText();
        int exponentAt = text.AsSpan().IndexOfAny('e', 'E');
        ReadOnlySpan<char> mantissa = exponentAt < 0 ? text : text.AsSpan(0, exponentAt);
        if (mantissa.Length > 2 * MaxDigits)
        {
            return null;
        }

        int point = mantissa.IndexOf('.');
        string digits = point < 0 ? mantissa.ToString() : $"{mantissa[..point]}{mantissa[(point + 1)..]}";
        int scale = point < 0 ? 0 : mantissa.Length - point - 1;
        int exponent = 0;
        BigInteger unscaled = BigInteger.Parse(digits, CultureInfo.InvariantCulture);
        if (unscaled.IsZero)
        {
            return new DecimalNumber(0, 0);
        }

        if (exponentAt >= 0
            && (!int.TryParse(text.AsSpan(exponentAt + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent)
                || Math.Abs((long)exponent) > 4 * MaxDigits))
        {
            return null;
        }

        scale -= exponent;
        while (scale > 0 && unscaled % 10 == 0)
        {
            (unscaled, scale) = (unscaled / 10, scale - 1);
        }

        (unscaled, scale) = scale < 0 ? (unscaled * BigInteger.Pow(10, -scale), 0) : (unscaled, scale);
        return scale > MaxDigits || BigInteger.Abs(unscaled) >= BigInteger.Pow(10, MaxDigits + scale)
            ? null
            : new DecimalNumber(unscaled, scale);
    }

    public DecimalNumber Negated => new(-Unscaled, Scale);

    /// <summary>Digits before the point, without sign; "0" below 1.</summary>
    public string WholeDigits => (BigInteger.Abs(Unscaled) / BigInteger.Pow(10, Scale)).ToString(CultureInfo.InvariantCulture);

    /// <summary>Digits behind the point, as many as the scale.</summary>
    public string FractionDigits =>
        Scale == 0 ? "" : (BigInteger.Abs(Unscaled) % BigInteger.Pow(10, Scale)).ToString(CultureInfo.InvariantCulture).PadLeft(Scale, '0');

    /// <summary>Whether it is a whole number of times another one, which is not zero.</summary>
    public bool IsMultipleOf(DecimalNumber divisor) =>
        (Unscaled * BigInteger.Pow(10, divisor.Scale) % (divisor.Unscaled * BigInteger.Pow(10, Scale))).IsZero;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Unscaled}e-{Scale}");

    public int CompareTo(DecimalNumber other) =>
        (Unscaled * BigInteger.Pow(10, other.Scale)).CompareTo(other.Unscaled * BigInteger.Pow(10, Scale));
}
