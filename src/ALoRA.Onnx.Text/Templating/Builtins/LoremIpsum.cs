using ALoRA.Onnx.Python;
using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Python.Values;

namespace ALoRA.Onnx.Templating.Builtins;

/// <summary>Jinja's <c>lipsum</c>: paragraphs of filler words.</summary>
internal static class LoremIpsum
{
    private static readonly string[] Words =
        ("lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore et dolore magna "
        + "aliqua enim ad minim veniam quis nostrud exercitation ullamco laboris nisi aliquip ex ea commodo consequat").Split(' ');

    public static object Generate(Arguments arguments, Budget budget)
    {
        object?[] bound = arguments.Bind("lipsum", 0, "n", "html", "min", "max");
        int count = MissingValue.Is(bound[0]) ? 5 : PythonInteger.Index(bound[0], "lipsum");
        bool html = MissingValue.Is(bound[1]) || PythonTruth.Of(bound[1]);
        int least = MissingValue.Is(bound[2]) ? 20 : PythonInteger.Index(bound[2], "lipsum");
        int most = MissingValue.Is(bound[3]) ? 100 : PythonInteger.Index(bound[3], "lipsum");
        if (least < 0 || most <= least)
        {
            throw TemplateFailure.Value("empty range in randrange()");
        }

        List<string> paragraphs = [];
        for (int i = 0; i < count; i++)
        {
            int words = Random.Shared.Next(least, most);
            budget.Characters(words * 13L);
            string text = string.Join(' ', Random.Shared.GetItems(Words, words));
            text = text.Length == 0 ? "." : char.ToUpperInvariant(text[0]) + text[1..] + ".";
            paragraphs.Add(html ? $"<p>{text}</p>" : text);
        }

        return html ? new MarkupValue(string.Join('\n', paragraphs)) : string.Join("\n\n", paragraphs);
    }
}
