using ALoRA.Onnx.Python;
using ALoRA.Onnx.Python.Strings;
using ALoRA.Onnx.Python.Values;
using ALoRA.Onnx.Templating.Rendering;

namespace ALoRA.Onnx.Templating.Builtins;

/// <summary>Filters that compare elements: <c>sort</c>, <c>unique</c>, <c>min</c>, <c>max</c> and <c>groupby</c>.</summary>
internal static class OrderFilters
{
    public static object? Sort(RenderState state, object? value, Arguments arguments)
    {
        object?[] bound = arguments.Bind("sort", 0, "reverse", "case_sensitive", "attribute");
        AttributePath[] paths = AttributePath.ParseMany(Given(bound[2]), state.Budget);
        bool caseSensitive = IsSet(bound[1]);
        object?[] items = PythonIteration.ToArray(value, state.Budget);
        object?[] keys =
            Array.ConvertAll(items, item => (object?)new ListValue(Array.ConvertAll(paths, path => Cased(path.Get(item), caseSensitive))));
        return new ListValue(StableSort.Sort(items, keys, IsSet(bound[0]), state.Budget));
    }

    public static object? Unique(RenderState state, object? value, Arguments arguments)
    {
        object?[] bound = arguments.Bind("unique", 0, "case_sensitive", "attribute");
        return new IteratorValue(Distinct(value, AttributePath.Parse(Given(bound[1]), state.Budget), IsSet(bound[0]), state.Budget));
    }

    public static object? Min(RenderState state, object? value, Arguments arguments) =>
        Extreme(state, value, arguments, "min", CompareOperator.Less);

    public static object? Max(RenderState state, object? value, Arguments arguments) =>
        Extreme(state, value, arguments, "max", CompareOperator.Greater);

    public static object? GroupBy(RenderState state, object? value, Arguments arguments)
    {
        object?[] bound = arguments.Bind("groupby", 1, "attribute", "default", "case_sensitive");
        AttributePath path = AttributePath.Parse(bound[0], state.Budget, Given(bound[1]));
        bool caseSensitive = IsSet(bound[2]);
        object?[] items = PythonIteration.ToArray(value, state.Budget);
        object?[] sorted =
            StableSort.Sort(items, Array.ConvertAll(items, item => Cased(path.Get(item), caseSensitive)), reverse: false, state.Budget);
        List<object?> groups = [];
        for (int start = 0; start < sorted.Length;)
        {
            object? key = Cased(path.Get(sorted[start]), caseSensitive);
            int end = start + 1;
            while (end < sorted.Length && PythonEquality.AreEqual(key, Cased(path.Get(sorted[end]), caseSensitive), state.Budget))
            {
                end++;
            }

            groups.Add(new GroupValue(path.Get(sorted[start]), new ListValue(sorted[start..end])));
            start = end;
        }

        return new ListValue([.. groups]);
    }

    public static object? Cased(object? value, bool caseSensitive) => !caseSensitive && PythonText.Of(value) is string text
        ? TextCase.Lower(text)
        : value;

    private static object? Given(object? argument) => MissingValue.Is(argument) ? null : argument;

    private static bool IsSet(object? argument) => !MissingValue.Is(argument) && PythonTruth.Of(argument);

    private static IEnumerable<object?> Distinct(object? value, AttributePath path, bool caseSensitive, Budget budget)
    {
        DictValue seen = new(budget);
        foreach (object? item in PythonIteration.Of(value, budget))
        {
            object? key = Cased(path.Get(item), caseSensitive);
            if (!seen.TryGet(key, out _))
            {
                seen.Set(key, null);
                yield return item;
            }
        }
    }

    private static object? Extreme(RenderState state, object? value, Arguments arguments, string name, CompareOperator better)
    {
        object?[] bound = arguments.Bind(name, 0, "case_sensitive", "attribute");
        AttributePath path = AttributePath.Parse(Given(bound[1]), state.Budget);
        object? best = MissingValue.Instance;
        object? bestKey = null;
        foreach (object? item in PythonIteration.Of(value, state.Budget))
        {
            state.Budget.Step();
            object? key = Cased(path.Get(item), IsSet(bound[0]));
            if (MissingValue.Is(best) || PythonOrder.Holds(better, key, bestKey, state.Budget))
            {
                (best, bestKey) = (item, key);
            }
        }

        return MissingValue.Is(best) ? new UndefinedValue("No aggregated item, sequence was empty.") : best;
    }
}

/// <summary>One group of the <c>groupby</c> filter: a tuple of <c>grouper</c> and <c>list</c>.</summary>
internal sealed class GroupValue(object? grouper, ListValue list) : TupleValue([grouper, list])
{
    public override bool TryGetAttribute(string name, out object? value)
    {
        switch (name)
        {
            case "grouper":
                value = Items[0];
                return true;
            case "list":
                value = Items[1];
                return true;
            default:
                return base.TryGetAttribute(name, out value);
        }
    }
}
