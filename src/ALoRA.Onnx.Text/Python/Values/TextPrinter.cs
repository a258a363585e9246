using System.Globalization;
using System.Numerics;
using System.Text;
using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Python.Values;

/// <summary>Writes values as Python's <c>str</c> and <c>repr</c> do.</summary>
internal sealed class TextPrinter(Budget budget, Func<DictValue, IEnumerable<KeyValuePair<object?, object?>>>? order = null)
{
    private readonly StringBuilder _text = new();

    /// <summary>Python's <c>str(value)</c>; text is given back as it is, an undefined value is empty.</summary>
    public static string Print(object? value, Budget budget) => value switch
    {
        string text => text,
        MarkupValue markup => markup.Text,
        UndefinedValue => "",
        null => "None",
        bool flag => flag ? "True" : "False",
        long number => number.ToString(CultureInfo.InvariantCulture),
        BigInteger number => PythonInteger.Print(number),
        double number => FloatPrinter.Shortest(number),
        _ => Represent(value, budget),
    };

    /// <summary>Python's <c>repr(value)</c>, with the items of dicts in another order if one is given.</summary>
    public static string Represent(object? value, Budget budget, Func<DictValue, IEnumerable<KeyValuePair<object?, object?>>>? order = null)
    {
        TextPrinter printer = new(budget, order);
        printer.Represent(value);
        return printer._text.ToString();
    }

    /// <summary>The representation of a number, boolean or None in a message.</summary>
    public static string RepresentShort(object? value) => value switch
    {
        null => "None",
        bool flag => flag ? "True" : "False",
        long number => number.ToString(CultureInfo.InvariantCulture),
        _ => PythonType.NameOf(value),
    };

    public IEnumerable<KeyValuePair<object?, object?>> Order(DictValue dict) => order is null ? dict.Pairs : order(dict);

    public void Append(string text)
    {
        budget.Step();
        budget.Growth(_text.Length, text.Length);
        _text.Append(text);
    }

    public void Represent(object? value)
    {
        switch (value)
        {
            case string text:
                Append(Quote(text));
                break;
            case TemplateValue other:
                StackGuard.Check();
                other.Represent(this);
                break;
            default:
                Append(Print(value, budget));
                break;
        }
    }

    /// <summary>Writes elements with commas between, each through <see cref="Represent(object?)"/>.</summary>
    public void RepresentAll(IEnumerable<object?> values)
    {
        bool first = true;
        foreach (object? value in values)
        {
            if (!first)
            {
                Append(", ");
            }

            first = false;
            Represent(value);
        }
    }

    public static string Quote(string text)
    {
        char quote = text.Contains('\'') && !text.Contains('"') ? '"' : '\'';
        StringBuilder result = new(text.Length + 2);
        result.Append(quote);
        for (int i = 0; i < text.Length;)
        {
            int length = CodePoints.LengthAt(text, i);
            AppendQuoted(result, CodePoints.At(text, i), quote);
            i += length;
        }

        return result.Append(quote).ToString();
    }

    private static void AppendQuoted(StringBuilder result, int c, char quote)
    {
        switch (c)
        {
            case '\\':
                result.Append(@"\\");
                break;
            case '\n':
                result.Append(@"\n");
                break;
            case '\r':
                result.Append(@"\r");
                break;
            case '\t':
                result.Append(@"\t");
                break;
            case var _ when c == quote:
                result.Append('\\').Append(quote);
                break;
            case var _ when CharacterClass.IsPrintable(c):
                result.Append(c > 0xFFFF ? char.ConvertFromUtf32(c) : ((char)c).ToString());
                break;
            case < 0x100:
                result.Append(CultureInfo.InvariantCulture, $"\\x{c:x2}");
                break;
            case < 0x10000:
                result.Append(CultureInfo.InvariantCulture, $"\\u{c:x4}");
                break;
            default:
                result.Append(CultureInfo.InvariantCulture, $"\\U{c:x8}");
                break;
        }
    }
}
