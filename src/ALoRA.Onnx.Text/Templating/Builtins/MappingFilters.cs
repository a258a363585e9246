using ALoRA.Onnx.Python;
using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Python.Values;
using ALoRA.Onnx.Templating.Rendering;

namespace ALoRA.Onnx.Templating.Builtins;

/// <summary>Filters over dicts, and <c>attr</c>.</summary>
internal static class MappingFilters
{
    public static object? Items(RenderState state, object? value, Arguments arguments)
    {
        arguments.Bind("items", 0);
        return new IteratorValue(Pairs(value));
    }

    public static object? DictSort(RenderState state, object? value, Arguments arguments)
    {
        object?[] bound = arguments.Bind("dictsort", 0, "case_sensitive", "by", "reverse");
        bool caseSensitive = !MissingValue.Is(bound[0]) && PythonTruth.Of(bound[0]);
        string by = MissingValue.Is(bound[1]) ? "key" : PythonText.Of(bound[1]) ?? "";
        if (by is not ("key" or "value"))
        {
            throw TemplateFailure.Value("You can only sort by either \"key\" or \"value\"");
        }

        if (value is UndefinedValue undefined)
        {
            throw undefined.Failure();
        }

        DictValue dict = value as DictValue ?? throw TemplateFailure.Type($"'{PythonType.NameOf(value)}' object has no attribute 'items'");
        object?[] items = [.. Pairs(dict)];
        state.Budget.Elements(items.Length);
        object?[] keys = Array.ConvertAll(items, item => OrderFilters.Cased(((TupleValue)item!).Items[by == "key" ? 0 : 1], caseSensitive));
        return new ListValue(StableSort.Sort(items, keys, !MissingValue.Is(bound[2]) && PythonTruth.Of(bound[2]), state.Budget));
    }

    public static object? Attribute(RenderState state, object? value, Arguments arguments)
    {
        object? name = arguments.Bind("attr", 1, "name")[0];
        return PythonAttribute.GetOnly(value, PythonText.Of(name) ?? throw TemplateFailure.Type("attribute name must be string"));
    }

    private static IEnumerable<object?> Pairs(object? value)
    {
        if (value is UndefinedValue)
        {
            yield break;
        }

        DictValue dict = value as DictValue ?? throw TemplateFailure.Type("Can only get item pairs from a mapping.");
        foreach ((object? key, object? item) in dict.Pairs)
        {
            yield return new TupleValue([key, item]);
        }
    }
}
