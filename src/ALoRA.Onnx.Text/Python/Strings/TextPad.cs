using System.Text;
using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Python.Values;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Python.Strings;

/// <summary>Python's <c>center</c>, <c>ljust</c>, <c>rjust</c>, <c>zfill</c> and <c>expandtabs</c>.</summary>
internal static class TextPad
{
    public static string Justify(string text, Arguments arguments, string function, Budget budget)
    {
        object?[] bound = arguments.BindPositional(function, 1, 2);
        string fill = MissingValue.Is(bound[1]) ? " " : PythonText.Of(bound[1]) ?? "";
        if (CodePoints.Count(fill) != 1)
        {
            throw TemplateFailure.Type("The fill character must be exactly one character long");
        }

        int width = PythonInteger.Index(bound[0], function);
        long missing = (long)width - CodePoints.Count(text);
        if (missing <= 0)
        {
            return text;
        }

        long left = function switch
        {
            "ljust" => 0,
            "rjust" => missing,
            _ => (missing / 2) + (missing & width & 1),
        };
        budget.Characters((long)text.Length + (missing * fill.Length));
        return SequenceArithmetic.Repeat(fill, (int)left, budget) + text + SequenceArithmetic.Repeat(fill, (int)(missing - left), budget);
    }

    public static string ZeroFill(string text, Arguments arguments, Budget budget)
    {
        int width = PythonInteger.Index(arguments.BindPositional("zfill", 1, 1)[0], "zfill");
        long missing = (long)width - CodePoints.Count(text);
        if (missing <= 0)
        {
            return text;
        }

        budget.Characters(text.Length + missing);
        int sign = text.Length > 0 && text[0] is '+' or '-' ? 1 : 0;
        return text[..sign] + new string('0', (int)missing) + text[sign..];
    }

    public static string ExpandTabs(string text, Arguments arguments, Budget budget)
    {
        object? argument = arguments.Bind("expandtabs", 0, "tabsize")[0];
        int size = MissingValue.Is(argument) ? 8 : PythonInteger.Index(argument, "expandtabs");
        StringBuilder result = new();
        long column = 0;
        foreach (char c in text)
        {
            if (c == '\t')
            {
                long spaces = size > 0 ? size - (column % size) : 0;
                budget.Growth(result.Length, spaces);
                result.Append(' ', (int)spaces);
                column += spaces;
            }
            else
            {
                result.Append(c);
                column = c is '\n' or '\r' ? 0 : column + (char.IsLowSurrogate(c) ? 0 : 1);
            }
        }

        return result.ToString();
    }
}
