using System.Globalization;
using System.Text;
using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Python.Strings;
using ALoRA.Onnx.Python.Values;

namespace ALoRA.Onnx.Python.Formatting;

/// <summary>Python's <c>text.format(…)</c>, whose fields reach attributes and items with the sandbox's rules.</summary>
internal sealed class FormatMethod
{
    private const int MaxNesting = 2;

    private readonly object?[] _positional;
    private readonly DictValue _named;
    private readonly bool _escapes;
    private readonly bool _isPlain;
    private readonly Budget _budget;
    private int _next;
    private bool _manual;

    private FormatMethod(object?[] positional, DictValue named, bool escapes, Budget budget, bool isPlain = false)
    {
        (_positional, _named, _escapes, _budget, _isPlain) = (positional, named, escapes, budget, isPlain);
    }

    /// <summary>
    /// Outside of templates: a missing attribute or item is a failure instead of empty text, and neither stands in for the other.
    /// </summary>
    public static string ApplyPlain(string format, DictValue named, Budget budget) =>
        new FormatMethod([], named, escapes: false, budget, isPlain: true).Run(format, MaxNesting);

    public static string Apply(string format, Arguments arguments, bool escapes, Budget budget)
    {
        DictValue named = DictMethods.Create(arguments with { Positional = [] }, budget);
        return new FormatMethod(arguments.Positional, named, escapes, budget).Run(format, MaxNesting);
    }

    public static string ApplyMap(string format, Arguments arguments, bool escapes, Budget budget)
    {
        object? mapping = arguments.BindPositional("format_map", 1, 1)[0];
        DictValue named = mapping as DictValue
            ?? throw TemplateFailure.Type($"format_map() argument must be a mapping, not {PythonType.NameOf(mapping)}");
        return new FormatMethod([], named, escapes, budget).Run(format, MaxNesting);
    }

    private string Run(string format, int nesting)
    {
        if (nesting < 0)
        {
            throw TemplateFailure.Value("Max string recursion exceeded");
        }

        StringBuilder result = new();
        for (int i = 0; i < format.Length; i++)
        {
            char c = format[i];
            bool doubled = i + 1 < format.Length && format[i + 1] == c;
            if (c is not ('{' or '}'))
            {
                result.Append(c);
            }
            else if (doubled)
            {
                result.Append(c);
                i++;
            }
            else if (c == '}')
            {
                throw TemplateFailure.Value("Single '}' encountered in format string");
            }
            else
            {
                int end = FieldEnd(format, i + 1);
                TextReplace.Append(result, "", Field(format[(i + 1)..end], nesting), _budget);
                i = end;
            }
        }

        _budget.Characters(result.Length);
        return result.ToString();
    }

    private static int FieldEnd(string format, int start)
    {
        int depth = 1;
        for (int i = start; i < format.Length; i++)
        {
            depth += format[i] == '{' ? 1 : format[i] == '}' ? -1 : 0;
            if (depth == 0)
            {
                return i;
            }
        }

        throw TemplateFailure.Value(start >= format.Length
            ? "Single '{' encountered in format string"
            : "expected '}' before end of string");
    }

    private string Field(string field, int nesting)
    {
        int bracket = 0;
        int end = 0;
        while (end < field.Length && (bracket > 0 || field[end] is not (':' or '!')))
        {
            bracket += field[end] == '[' ? 1 : field[end] == ']' && bracket > 0 ? -1 : 0;
            end++;
        }

        char conversion = '\0';
        string spec = "";
        string name = field[..end];
        if (end < field.Length && field[end] == '!')
        {
            conversion = end + 1 < field.Length
                ? field[end + 1]
                : throw TemplateFailure.Value("end of string while looking for conversion specifier");
            end += 2;
            if (end < field.Length && field[end] != ':')
            {
                throw TemplateFailure.Value("expected ':' after conversion specifier");
            }
        }

        if (end < field.Length)
        {
            spec = field[(end + 1)..];
        }

        object? value = Converted(Value(name), conversion);
        return Formatted(value, spec.AsSpan().IndexOfAny('{', '}') >= 0 ? Run(spec, nesting - 1) : spec);
    }

    private string Formatted(object? value, string spec)
    {
        if (!_escapes)
        {
            return ValueFormat.Apply(value, spec, _budget);
        }

        return value is MarkupValue markup
            ? spec.Length == 0 ? markup.Text : throw TemplateFailure.Value("Unsupported format specification for Markup.")
            : MarkupValue.EscapeText(ValueFormat.Apply(value, spec, _budget), _budget);
    }

    private object? Converted(object? value, char conversion) => conversion switch
    {
        '\0' => value,
        's' => TextPrinter.Print(value, _budget),
        'r' => TextPrinter.Represent(value, _budget),
        'a' => TextEscape.Ascii(TextPrinter.Represent(value, _budget)),
        _ => throw TemplateFailure.Value($"Unknown conversion specifier {conversion}"),
    };

    private object? Value(string name)
    {
        int end = name.AsSpan().IndexOfAny('.', '[');
        end = end < 0 ? name.Length : end;
        object? value = First(name[..end], isWhole: end == name.Length);
        while (end < name.Length)
        {
            if (name[end] == '[')
            {
                int close = name.IndexOf(']', end);
                string key = close < 0 ? throw TemplateFailure.Value("Missing ']' in format string") : name[(end + 1)..close];
                end = close + 1;
                value = Item(value, Key(key));
                if (end < name.Length && name[end] is not ('.' or '['))
                {
                    throw TemplateFailure.Value("Only '.' or '[' may follow ']' in format field specifier");
                }
            }
            else
            {
                int stop = name.AsSpan(end + 1).IndexOfAny('.', '[');
                stop = stop < 0 ? name.Length : end + 1 + stop;
                value = Attribute(value, Required(name[(end + 1)..stop]));
                end = stop;
            }
        }

        return value;
    }

    private object? Attribute(object? value, string name) => _isPlain
        ? Defined(PythonAttribute.GetOnly(value, name))
        : PythonAttribute.Get(value, name, _budget);

    private object? Item(object? value, object key) => !_isPlain ? PythonAttribute.GetItem(value, key, _budget)
        : PythonItem.TryGet(value, key, _budget, out object? item) ? Defined(item)
        : throw UndefinedValue.Item(value, key).Failure();

    private static object? Defined(object? value) => value is UndefinedValue undefined ? throw undefined.Failure() : value;

    private object? First(string name, bool isWhole)
    {
        bool automatic = isWhole && name.Length == 0;
        if (automatic || (name.Length > 0 && name.All(char.IsAsciiDigit)))
        {
            if (isWhole && (automatic ? _manual : _next > 0))
            {
                throw TemplateFailure.Value("cannot switch between manual field specification and automatic field numbering");
            }

            _manual |= isWhole && !automatic;
            int index = automatic
                ? _next++
                : int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
                ? number
                : int.MaxValue;
            return index < _positional.Length
                ? _positional[index]
                : throw TemplateFailure.Value($"Replacement index {index} out of range for positional args tuple");
        }

        return _named.TryGet(name, out object? value)
            ? value
            : throw TemplateFailure.Value($"format() got no argument named {TextPrinter.Quote(name)}");
    }

    private static object Key(string key) => key.Length > 0 && key.All(char.IsAsciiDigit)
        && long.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out long position)
        ? position
        : Required(key);

    private static string Required(string name) => name.Length > 0 ? name : throw TemplateFailure.Value("Empty attribute in format string");
}
