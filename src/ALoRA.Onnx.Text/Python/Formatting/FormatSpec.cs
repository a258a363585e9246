using System.Globalization;
using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Python.Formatting;

/// <summary>A format specification: <c>[[fill]align][sign][z][#][0][width][grouping][.precision][type]</c>.</summary>
internal sealed record FormatSpec
{
    public string Fill { get; init; } = " ";

    public char Align { get; init; }

    public char Sign { get; init; }

    public bool NoNegativeZero { get; init; }

    public bool Alternate { get; init; }

    public int Width { get; init; }

    public char Grouping { get; init; }

    public int? Precision { get; init; }

    public char Type { get; init; }

    public static FormatSpec Parse(string text)
    {
        FormatSpec spec = new();
        int i = 0;
        int fill = text.Length > 0 ? CodePoints.LengthAt(text, 0) : 0;
        bool hasFill = fill > 0 && fill < text.Length && IsAlign(text[fill]);
        if (hasFill)
        {
            spec = spec with { Fill = text[..fill], Align = text[fill] };
            i = fill + 1;
        }
        else if (text.Length > 0 && IsAlign(text[0]))
        {
            spec = spec with { Align = text[0] };
            i = 1;
        }

        spec = At(text, i) is '+' or '-' or ' ' ? spec with { Sign = text[i++] } : spec;
        spec = At(text, i) == 'z' ? spec with { NoNegativeZero = text[i++] == 'z' } : spec;
        spec = At(text, i) == '#' ? spec with { Alternate = text[i++] == '#' } : spec;
        if (At(text, i) == '0' && !hasFill)
        {
            spec = spec with { Fill = "0", Align = spec.Align == '\0' ? '=' : spec.Align };
            i++;
        }

        spec = spec with { Width = Number(text, ref i) ?? 0 };
        spec = At(text, i) is ',' or '_' ? spec with { Grouping = text[i++] } : spec;
        if (At(text, i) == '.')
        {
            i++;
            spec = spec with { Precision = Number(text, ref i) ?? throw TemplateFailure.Value("Format specifier missing precision") };
        }

        spec = i < text.Length ? spec with { Type = text[i++] } : spec;
        return i == text.Length ? spec : throw TemplateFailure.Value("Invalid format specifier");
    }

    private static bool IsAlign(char c) => c is '<' or '>' or '=' or '^';

    private static char At(string text, int i) => i < text.Length ? text[i] : '\0';

    private static int? Number(string text, ref int i)
    {
        int start = i;
        while (i < text.Length && char.IsAsciiDigit(text[i]))
        {
            i++;
        }

        if (start == i)
        {
            return null;
        }

        return int.TryParse(text.AsSpan(start, i - start), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw TemplateFailure.Value("Too many decimal digits in format string");
    }
}
