using System.Numerics;
using System.Text;
using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Python.Values;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Python.Strings;

/// <summary>Python's <c>maketrans</c> and <c>translate</c>.</summary>
internal static class TextTranslate
{
    public static DictValue MakeTable(Arguments arguments, Budget budget)
    {
        object?[] bound = arguments.BindPositional("maketrans", 1, 3);
        DictValue table = new(budget);
        if (bound[0] is DictValue dict && MissingValue.Is(bound[1]))
        {
            foreach ((object? key, object? value) in dict.Pairs)
            {
                table.Set(PythonText.Of(key) is string text ? SingleCodePoint(text) : key, value);
            }

            return table;
        }

        (string from, string to) = (Text(bound[0]), Text(bound[1]));
        if (CodePoints.Count(from) != CodePoints.Count(to))
        {
            throw TemplateFailure.Value("the first two maketrans arguments must have equal length");
        }

        foreach ((int a, int b) in TextPredicates.Scalars(from).Zip(TextPredicates.Scalars(to)))
        {
            table.Set((long)a, (long)b);
        }

        foreach (int c in TextPredicates.Scalars(MissingValue.Is(bound[2]) ? "" : Text(bound[2])))
        {
            table.Set((long)c, null);
        }

        return table;
    }

    public static string Translate(string text, Arguments arguments, Budget budget)
    {
        object? table = arguments.BindPositional("translate", 1, 1)[0];
        StringBuilder result = new(text.Length);
        foreach (int c in TextPredicates.Scalars(text))
        {
            object? mapped = PythonItem.TryGet(table, (long)c, budget, out object? value) ? value : (long)c;
            string replacement = mapped switch
            {
                null => "",
                string or MarkupValue => PythonText.Of(mapped)!,
                long or bool or BigInteger => Character(PythonInteger.Index(mapped, "translate")),
                _ => throw TemplateFailure.Type("character mapping must return integer, None or str"),
            };
            TextReplace.Append(result, "", replacement, budget);
        }

        return result.ToString();
    }

    private static string Character(int c) => c is < 0 or > 0x10FFFF
        ? throw TemplateFailure.Value("character mapping must be in range(0x110000)")
        : c is >= 0xD800 and <= 0xDFFF ? ((char)c).ToString() : char.ConvertFromUtf32(c);

    private static string Text(object? value) => PythonText.Of(value)
        ?? throw TemplateFailure.Type($"maketrans() argument must be str, not {PythonType.NameOf(value)}");

    private static long SingleCodePoint(string text) => CodePoints.Count(text) == 1
        ? CodePoints.At(text, 0)
        : throw TemplateFailure.Value("string keys in translate table must be of length 1");
}
