using System.Numerics;
using System.Text;
using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Python.Strings;
using ALoRA.Onnx.Python.Values;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Python.Formatting;

/// <summary>Python's <c>text % values</c>.</summary>
internal sealed class PercentFormat
{
    private readonly string _format;
    private readonly bool _escapes;
    private readonly object? _values;
    private readonly Budget _budget;
    private readonly StringBuilder _text = new();
    private int _position;
    private int _used;

    private PercentFormat(string format, bool escapes, object? values, Budget budget)
    {
        (_format, _escapes, _values, _budget) = (format, escapes, values, budget);
    }

    /// <summary>Formats text or markup; markup escapes what enters it.</summary>
    public static object Apply(object? format, object? values, Budget budget)
    {
        PercentFormat formatter = new(PythonText.Of(format)!, format is MarkupValue, values, budget);
        return PythonText.Like(format, formatter.Run());
    }

    private string Run()
    {
        for (; _position < _format.Length; _position++)
        {
            int percent = _format.IndexOf('%', _position);
            percent = percent < 0 ? _format.Length : percent;
            TextReplace.Append(_text, "", _format[_position..percent], _budget);
            _position = percent + 1;
            if (percent < _format.Length)
            {
                TextReplace.Append(_text, "", Field(), _budget);
            }
        }

        bool allUsed = _values is TupleValue tuple ? _used == tuple.Items.Length : _used > 0 || IsMapping;
        return allUsed ? _text.ToString() : throw TemplateFailure.Type("not all arguments converted during string formatting");
    }

    private bool IsMapping => _values is DictValue or ListValue or RangeValue or BytesValue or UndefinedValue;

    private char Current => _position < _format.Length ? _format[_position] : throw TemplateFailure.Value("incomplete format");

    private string Field()
    {
        object? value = MissingValue.Instance;
        if (Current == '(')
        {
            value = ByKey();
        }

        FormatSpec spec = Flags();
        int? width = Size();
        if (width < 0)
        {
            spec = spec with { Align = '<' };
            width = -width;
        }

        spec = spec with { Width = width ?? 0 };
        if (Current == '.')
        {
            _position++;
            spec = spec with { Precision = Math.Max(Size() ?? 0, 0) };
        }

        while (Current is 'h' or 'l' or 'L')
        {
            _position++;
        }

        spec = spec with { Type = Current };
        _budget.Characters(Math.Max(spec.Width, spec.Precision ?? 0));
        return spec.Type == '%' ? "%" : Convert(MissingValue.Is(value) ? Next() : value, spec);
    }

    private object? ByKey()
    {
        int start = ++_position;
        for (int depth = 1; depth > 0; _position++)
        {
            depth += Current == '(' ? 1 : Current == ')' ? -1 : 0;
        }

        DictValue values = _values as DictValue ?? throw TemplateFailure.Type("format requires a mapping");
        string key = _format[start..(_position - 1)];
        _used++;
        return values.TryGet(key, out object? value)
            ? value
            : throw TemplateFailure.Value($"key {TextPrinter.Quote(key)} is missing from the mapping");
    }

    private FormatSpec Flags()
    {
        FormatSpec spec = new() { Align = '>' };
        while (true)
        {
            switch (Current)
            {
                case '-':
                    spec = spec with { Align = '<', Fill = " " };
                    break;
                case '+':
                    spec = spec with { Sign = '+' };
                    break;
                case ' ':
                    spec = spec.Sign == '+' ? spec : spec with { Sign = ' ' };
                    break;
                case '#':
                    spec = spec with { Alternate = true };
                    break;
                case '0':
                    spec = spec.Align == '<' ? spec : spec with { Align = '=', Fill = "0" };
                    break;
                default:
                    return spec;
            }

            _position++;
        }
    }

    /// <summary>A width or precision: digits, or <c>*</c> for the next value.</summary>
    private int? Size()
    {
        if (Current == '*')
        {
            _position++;
            object? value = Next();
            return PythonType.IsInteger(value) ? PythonInteger.Index(value, "%") : throw TemplateFailure.Type("* wants int");
        }

        long? size = null;
        while (char.IsAsciiDigit(Current))
        {
            size = Math.Min(((size ?? 0) * 10) + (_format[_position++] - '0'), int.MaxValue);
        }

        return (int?)size;
    }

    private object? Next()
    {
        if (_values is TupleValue tuple)
        {
            return _used < tuple.Items.Length ? tuple.Items[_used++] : throw TemplateFailure.Type("not enough arguments for format string");
        }

        return _used++ == 0 ? _values : throw TemplateFailure.Type("not enough arguments for format string");
    }

    private string Convert(object? value, FormatSpec spec)
    {
        switch (spec.Type)
        {
            case 's':
                return Text(_escapes ? MarkupValue.Escape(value, _budget).Text : TextPrinter.Print(value, _budget), spec);
            case 'r' or 'a':
                string represented = TextPrinter.Represent(value, _budget);
                represented = spec.Type == 'a' ? TextEscape.Ascii(represented) : represented;
                return Text(_escapes ? MarkupValue.EscapeText(represented, _budget) : represented, spec);
            case 'c':
                return Text(Character(value), spec);
            case 'd' or 'i' or 'u':
                return Integer(Whole(value, spec.Type), spec with { Type = 'd' });
            case 'x' or 'X' or 'o':
                return Integer(PythonInteger.Of(value) ?? throw Wrong(value, spec.Type, "an integer is required"), spec);
            case 'e' or 'E' or 'f' or 'F' or 'g' or 'G':
                if (!PythonType.IsNumber(value))
                {
                    throw Wrong(value, spec.Type, "must be real number");
                }

                return ValueFormat.Apply(PythonArithmetic.ToFloat(value), spec, _budget);
            default:
                throw TemplateFailure.Value($"unsupported format character '{spec.Type}' at index {_position}");
        }
    }

    private string Text(string text, FormatSpec spec) =>
        ValueFormat.Apply(text, spec with { Type = 's', Fill = " ", Align = TextAlign(spec), Sign = '\0', Alternate = false }, _budget);

    private static char TextAlign(FormatSpec spec) => spec.Align == '<' ? '<' : '>';

    private static string Character(object? value)
    {
        if (PythonText.Of(value) is string text && CodePoints.Count(text) == 1)
        {
            return text;
        }

        return PythonInteger.Of(value) is BigInteger code && code >= 0 && code <= 0x10FFFF
            ? char.ConvertFromUtf32((int)code is >= 0xD800 and <= 0xDFFF ? 0xFFFD : (int)code)
            : throw TemplateFailure.Type("%c requires int or char");
    }

    private string Integer(BigInteger value, FormatSpec spec)
    {
        if (spec.Precision is int digits)
        {
            string text = IntegerText.Digits(value, spec.Type switch { 'o' => 8, 'd' => 10, _ => 16 });
            text = (value.Sign < 0 ? "-" : spec.Sign is '\0' ? "" : spec.Sign.ToString())
                + (spec is { Alternate: true, Type: not 'd' } ? "0" + spec.Type : "")
                + (spec.Type == 'X' ? text.ToUpperInvariant() : text).PadLeft(digits, '0');
            return Text(text, spec with { Precision = null });
        }

        return ValueFormat.Apply(PythonInteger.Normalize(value), spec, _budget);
    }

    private static BigInteger Whole(object? value, char type) => value is double number && double.IsFinite(number)
        ? new BigInteger(number)
        : PythonInteger.Of(value) ?? throw Wrong(value, type, "a real number is required");

    private static TemplateFailure Wrong(object? value, char type, string wanted) => (value as UndefinedValue)?.Failure()
        ?? TemplateFailure.Type($"%{type} format: {wanted}, not {PythonType.NameOf(value)}");
}
