using System.Globalization;
using System.Numerics;
using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Python.Values;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Python.Formatting;

/// <summary>Python's <c>format(value, spec)</c>.</summary>
internal static class ValueFormat
{
    public static string Apply(object? value, string text, Budget budget)
    {
        if (text.Length == 0)
        {
            return TextPrinter.Print(value, budget);
        }

        if (PythonText.Of(value) is null && !PythonType.IsNumber(value))
        {
            throw TemplateFailure.Type($"unsupported format string passed to {PythonType.NameOf(value)}.__format__");
        }

        FormatSpec spec = FormatSpec.Parse(text);
        budget.Characters(Math.Max(spec.Width, spec.Precision ?? 0));
        return Apply(value, spec, budget);
    }

    /// <summary>Formats text or a number; whoever calls has charged the width and precision.</summary>
    public static string Apply(object? value, FormatSpec spec, Budget budget) => value switch
    {
        string or MarkupValue => OfText(PythonText.Of(value)!, spec, budget),
        double number => OfFloat(number, spec, budget),
        _ => OfInteger(PythonInteger.Of(value)!.Value, spec, budget),
    };

    private static string OfText(string text, FormatSpec spec, Budget budget)
    {
        if (spec.Type is not ('\0' or 's'))
        {
            throw UnknownCode(spec, "str");
        }

        if (spec.Sign != '\0' || spec.Alternate || spec.Grouping != '\0' || (spec.Align == '=' && spec.Fill != "0"))
        {
            throw TemplateFailure.Value("a sign, '#', grouping and '=' alignment are not allowed in a string format specifier");
        }

        spec = spec.Align == '=' ? spec with { Align = '<' } : spec;
        string kept = spec.Precision is int precision ? text[..CodePoints.UnitOf(text, precision)] : text;
        return Pad("", kept, spec, '<', budget);
    }

    private static string OfInteger(BigInteger value, FormatSpec spec, Budget budget)
    {
        if (spec.Type is 'e' or 'E' or 'f' or 'F' or 'g' or 'G' or '%')
        {
            return OfFloat(PythonArithmetic.ToFloat(PythonInteger.Normalize(value)), spec, budget);
        }

        if (spec.Precision is not null)
        {
            throw TemplateFailure.Value("Precision not allowed in integer format specifier");
        }

        if (spec.Type == 'c')
        {
            return value >= 0 && value <= 0x10FFFF
                ? Pad("", char.ConvertFromUtf32((int)value is >= 0xD800 and <= 0xDFFF ? 0xFFFD : (int)value), spec, '<', budget)
                : throw TemplateFailure.Overflow("%c arg not in range(0x110000)");
        }

        (string prefix, string digits, int group) = spec.Type switch
        {
            '\0' or 'd' or 'n' => ("", PythonInteger.Print(BigInteger.Abs(value)), 3),
            'b' => ("0b", IntegerText.Digits(value, 2), 4),
            'o' => ("0o", IntegerText.Digits(value, 8), 4),
            'x' => ("0x", IntegerText.Digits(value, 16), 4),
            'X' => ("0X", IntegerText.Digits(value, 16).ToUpperInvariant(), 4),
            _ => throw UnknownCode(spec, "int"),
        };
        return Number(value.Sign < 0, spec.Alternate ? prefix : "", digits, "", group, spec, budget);
    }

    private static string OfFloat(double value, FormatSpec spec, Budget budget)
    {
        char type = spec.Type;
        if (type is not ('\0' or 'e' or 'E' or 'f' or 'F' or 'g' or 'G' or 'n' or '%'))
        {
            throw UnknownCode(spec, "float");
        }

        double number = type == '%' ? value * 100 : value;
        string text = type switch
        {
            '\0' => FloatText(number, spec),
            '%' => FloatFormat.Apply('f', number, spec.Precision ?? 6, spec.Alternate),
            'n' => FloatFormat.Apply('g', number, spec.Precision ?? 6, spec.Alternate),
            _ => FloatFormat.Apply(type, number, spec.Precision ?? 6, spec.Alternate),
        };
        bool negative = text.StartsWith('-');
        text = negative ? text[1..] : text;
        negative &= !(spec.NoNegativeZero && text.AsSpan().IndexOfAnyInRange('1', '9') < 0 && double.IsFinite(value));
        int whole = 0;
        while (whole < text.Length && char.IsAsciiDigit(text[whole]))
        {
            whole++;
        }

        return Number(negative, "", text[..whole], text[whole..] + (type == '%' ? "%" : ""), 3, spec, budget);
    }

    private static string FloatText(double number, FormatSpec spec) => spec.Precision is int precision
        ? FloatFormat.ApplyWithPoint(number, precision)
        : FloatPrinter.Shortest(number);

    private static string Number(bool negative, string prefix, string digits, string rest, int group, FormatSpec spec, Budget budget)
    {
        string sign = (negative ? "-" : spec.Sign is '+' or ' ' ? spec.Sign.ToString() : "") + prefix;
        if (spec.Grouping != '\0')
        {
            if (spec.Grouping == ',' && group != 3)
            {
                throw TemplateFailure.Value($"Cannot specify ',' with '{spec.Type}'.");
            }

            int room = spec is { Align: '=', Fill: "0" } ? spec.Width - sign.Length - rest.Length : 0;
            while (digits.Length > 0 && IntegerText.Grouped(digits, spec.Grouping, group).Length < room)
            {
                digits = digits.PadLeft(Math.Max(digits.Length + 1, room - (room / (group + 1)) - 1), '0');
            }

            digits = IntegerText.Grouped(digits, spec.Grouping, group);
        }

        return Pad(sign, digits + rest, spec, '>', budget);
    }

    private static string Pad(string sign, string body, FormatSpec spec, char defaultAlign, Budget budget)
    {
        int missing = spec.Width - CodePoints.Count(sign) - CodePoints.Count(body);
        if (missing <= 0)
        {
            return sign + body;
        }

        int left = (spec.Align == '\0' ? defaultAlign : spec.Align) switch
        {
            '<' => 0,
            '^' => missing / 2,
            _ => missing,
        };
        string before = SequenceArithmetic.Repeat(spec.Fill, left, budget);
        string after = SequenceArithmetic.Repeat(spec.Fill, missing - left, budget);
        return spec.Align == '=' ? sign + before + body : before + sign + body + after;
    }

    private static TemplateFailure UnknownCode(FormatSpec spec, string type) =>
        TemplateFailure.Value(string.Create(CultureInfo.InvariantCulture,
            $"Unknown format code '{spec.Type}' for object of type '{type}'"));
}
