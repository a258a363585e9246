using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;
using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Python.Values;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace ALoRA.Onnx.Intrinsics.Definitions.Yaml;

/// <summary>
/// The types of plain scalars in YAML 1.1 as PyYAML's <c>safe_load</c> reads them, which is what <c>io.yaml</c> files are written for:
/// <c>yes</c> and <c>off</c> are truth values, <c>0o7</c> and <c>1e3</c> are text, <c>010</c> is 8, <c>1:30</c> is 90.
/// </summary>
internal static partial class YamlScalarReader
{
    private const string Prefix = "tag:yaml.org,2002:";

    // Beyond it, a value could be read and not be written.
    private static readonly BigInteger Limit = BigInteger.Pow(10, PythonInteger.MaxDigits);

    /// <summary>The value of a scalar; false where its tag or form has none in JSON.</summary>
    /// <exception cref="TemplateFailure">It is an integer with too many digits, as the message says.</exception>
    public static bool TryRead(Scalar scalar, out object? value)
    {
        string text = scalar.Value;
        value = text;
        if (scalar.Tag.IsEmpty || scalar.Tag.IsNonSpecific)
        {
            return scalar.Style != ScalarStyle.Plain || !scalar.Tag.IsEmpty || TryReadPlain(text, out value);
        }

        switch (scalar.Tag.Value)
        {
            case Prefix + "str":
                return true;
            case Prefix + "null":
                value = null;
                return true;
            case Prefix + "bool":
                return TryReadPlain(text, out value) && value is bool;
            case Prefix + "int":
                return TryReadPlain(text, out value) && value is long or BigInteger;
            case Prefix + "float":
                if (!TryReadPlain(text, out value))
                {
                    return false;
                }

                value = value switch
                {
                    string other => FloatText.Parse(other),
                    long number => (double)number,
                    _ => value,
                };
                return value is double;
            default:
                return false;
        }
    }

    private static bool TryReadPlain(string text, out object? value)
    {
        value = text switch
        {
            "" or "~" or "null" or "Null" or "NULL" => null,
            "yes" or "Yes" or "YES" or "true" or "True" or "TRUE" or "on" or "On" or "ON" => true,
            "no" or "No" or "NO" or "false" or "False" or "FALSE" or "off" or "Off" or "OFF" => false,
            _ => Number(text),
        };
        return value is not string || !Timestamp().IsMatch(text);
    }

    private static object Number(string text)
    {
        if (text[0] is not (>= '0' and <= '9' or '+' or '-' or '.'))
        {
            return text;
        }

        if (Integer().IsMatch(text))
        {
            return IntegerOf(text.Replace("_", "", StringComparison.Ordinal)) ?? (object)text;
        }

        return Real().IsMatch(text) ? RealOf(text.Replace("_", "", StringComparison.Ordinal).ToLowerInvariant()) : text;
    }

    private static object? IntegerOf(string text)
    {
        // Prefixes and signs aside: what is longer takes quadratic time in any base.
        if (text.Length > PythonInteger.MaxDigits + 3)
        {
            throw TooLong();
        }

        bool negative = text[0] == '-';
        string digits = text.TrimStart('+', '-');
        BigInteger? value = digits switch
        {
            "0" => BigInteger.Zero,
            ['0', 'b' or 'x', ..] => PythonInteger.Parse(digits, 0),
            ['0', ..] => PythonInteger.Parse(digits, 8),
            _ when digits.Contains(':') =>
                digits.Split(':').Aggregate(
                    BigInteger.Zero, (sum, part) => (sum * 60) + BigInteger.Parse(part, CultureInfo.InvariantCulture)),
            _ => PythonInteger.Parse(digits, 10),
        };
        return value is null ? null
            : BigInteger.Abs(value.Value) >= Limit ? throw TooLong()
            : PythonInteger.Normalize(negative ? -value.Value : value.Value);
    }

    private static TemplateFailure TooLong() =>
        TemplateFailure.Value($"has more digits than an integer may have, {PythonInteger.MaxDigits:N0}");

    private static double RealOf(string text)
    {
        double sign = text[0] == '-' ? -1 : 1;
        string digits = text.TrimStart('+', '-');
        return digits switch
        {
            ".inf" => sign * double.PositiveInfinity,
            ".nan" => double.NaN,
            _ when digits.Contains(':') => sign * digits.Split(':').Aggregate(0.0, (sum, part) => (sum * 60) + Parse(part)),
            _ => sign * Parse(digits),
        };
    }

    private static double Parse(string digits) => double.Parse(digits, NumberStyles.Float, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\A[-+]?(?:0b[0-1_]+|0[0-7_]+|0|[1-9][0-9_]*|0x[0-9a-fA-F_]+|[1-9][0-9_]*(?::[0-5]?[0-9])+)\z")]
    private static partial Regex Integer();

    [GeneratedRegex(
        @"\A(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?"
        + @"|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\z")]
    private static partial Regex Real();

    [GeneratedRegex(@"\A[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:\z|[Tt \t])")]
    private static partial Regex Timestamp();
}
