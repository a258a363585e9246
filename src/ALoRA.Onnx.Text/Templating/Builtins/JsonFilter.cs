using System.Numerics;
using ALoRA.Onnx.Python;
using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Python.Values;
using ALoRA.Onnx.Templating.Rendering;

namespace ALoRA.Onnx.Templating.Builtins;

/// <summary>The <c>tojson</c> filter of Transformers: Python's <c>json.dumps</c> with <c>ensure_ascii=False</c>.</summary>
internal static class JsonFilter
{
    public static object? Apply(RenderState state, object? value, Arguments arguments)
    {
        object?[] bound = arguments.Bind("tojson", 0, "ensure_ascii", "indent", "separators", "sort_keys");
        bool ascii = !MissingValue.Is(bound[0]) && PythonTruth.Of(bound[0]);
        bool sorts = !MissingValue.Is(bound[3]) && PythonTruth.Of(bound[3]);
        string? indent = Indent(MissingValue.Is(bound[1]) ? null : bound[1], state.Budget);
        (string item, string key) = MissingValue.Is(bound[2]) || bound[2] is null
            ? (indent is null ? ", " : ",", ": ")
            : Separators(bound[2], state.Budget);
        return new JsonPrinter(state.Budget, ascii, indent, item, key, sorts).Print(value);
    }

    private static string? Indent(object? indent, Budget budget) => indent switch
    {
        null => null,
        string or MarkupValue => PythonText.Of(indent),
        long or bool or BigInteger => SequenceArithmetic.Repeat(" ", Math.Max(0, PythonInteger.Index(indent, "indent")), budget),
        _ => throw TemplateFailure.Type($"can't multiply sequence by non-int of type '{PythonType.NameOf(indent)}'"),
    };

    private static (string Item, string Key) Separators(object? separators, Budget budget)
    {
        object?[] parts = PythonIteration.ToArray(separators, budget);
        return parts.Length == 2 && PythonText.Of(parts[0]) is string item && PythonText.Of(parts[1]) is string key
            ? (item, key)
            : throw TemplateFailure.Value("tojson expects separators as a pair of texts, such as (',', ':')");
    }
}
