using ALoRA.Onnx.Python;
using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Python.Values;
using ALoRA.Onnx.Templating.Rendering;
using ALoRA.Onnx.Unicode;

namespace ALoRA.Onnx.Templating.Builtins;

/// <summary>Filters over the elements of anything iterable.</summary>
internal static class SequenceFilters
{
    public static object? Length(RenderState state, object? value, Arguments arguments)
    {
        arguments.BindPositional("length", 0, 0);
        return (long)PythonIteration.Length(value);
    }

    public static object? List(RenderState state, object? value, Arguments arguments)
    {
        arguments.Bind("list", 0);
        return new ListValue(PythonIteration.ToArray(value, state.Budget));
    }

    public static object? First(RenderState state, object? value, Arguments arguments)
    {
        arguments.Bind("first", 0);
        foreach (object? item in PythonIteration.Of(value, state.Budget))
        {
            return item;
        }

        return new UndefinedValue("No first item, sequence was empty.");
    }

    public static object? Last(RenderState state, object? value, Arguments arguments)
    {
        arguments.Bind("last", 0);
        foreach (object? item in PythonIteration.Reversed(value, state.Budget))
        {
            return item;
        }

        return new UndefinedValue("No last item, sequence was empty.");
    }

    public static object? Random(RenderState state, object? value, Arguments arguments)
    {
        arguments.Bind("random", 0);
        int length = PythonIteration.Length(value);
        return length == 0
            ? new UndefinedValue("No random item, sequence was empty.")
            : PythonItem.TryGet(value, (long)System.Random.Shared.Next(length), state.Budget, out object? item)
                ? item
                : throw TemplateFailure.Type($"'{PythonType.NameOf(value)}' object has no positions to choose from");
    }

    public static object? Reverse(RenderState state, object? value, Arguments arguments)
    {
        arguments.Bind("reverse", 0);
        if (value is string or MarkupValue)
        {
            state.Budget.Characters(PythonText.Of(value)!.Length);
            return PythonText.Like(value, CodePoints.Reverse(PythonText.Of(value)!));
        }

        if (value is UndefinedValue)
        {
            return new IteratorValue([], "reversed");
        }

        if (value is TemplateValue other && other.Reversed(state.Budget) is IEnumerable<object?> reversed)
        {
            return new IteratorValue(reversed, "list_reverseiterator");
        }

        object?[] items = PythonIteration.ToArray(value, state.Budget);
        Array.Reverse(items);
        return new ListValue(items);
    }

    public static object? Batch(RenderState state, object? value, Arguments arguments)
    {
        object?[] bound = arguments.Bind("batch", 1, "linecount", "fill_with");
        return new IteratorValue(Batches(value, bound[0], MissingValue.Is(bound[1]) ? null : bound[1], state.Budget));
    }

    public static object? Slice(RenderState state, object? value, Arguments arguments)
    {
        object?[] bound = arguments.Bind("slice", 1, "slices", "fill_with");
        return new IteratorValue(Slices(value, bound[0], MissingValue.Is(bound[1]) ? null : bound[1], state.Budget));
    }

    private static IEnumerable<object?> Batches(object? value, object? size, object? fill, Budget budget)
    {
        List<object?> batch = [];
        foreach (object? item in PythonIteration.Of(value, budget))
        {
            if (PythonEquality.AreEqual((long)batch.Count, size, budget))
            {
                yield return new ListValue([.. batch]);
                batch.Clear();
            }

            batch.Add(item);
        }

        if (batch.Count > 0)
        {
            int missing = fill is null ? 0 : Math.Max(0, PythonInteger.Index(size, "batch") - batch.Count);
            budget.Elements(missing);
            yield return new ListValue([.. batch, .. Enumerable.Repeat(fill, missing)]);
        }
    }

    private static IEnumerable<object?> Slices(object? value, object? slices, object? fill, Budget budget)
    {
        object?[] items = PythonIteration.ToArray(value, budget);
        int count = PythonType.IsInteger(slices)
            ? PythonInteger.Index(slices, "slice")
            : throw TemplateFailure.Type("slice() needs a number of slices");
        if (count == 0)
        {
            throw TemplateFailure.ZeroDivision("integer division or modulo by zero");
        }

        int size = Math.DivRem(items.Length, Math.Max(count, 1), out int withExtra);
        int start = 0;
        for (int i = 0; i < count; i++)
        {
            budget.Elements(8);
            int end = start + size + (i < withExtra ? 1 : 0);
            yield return new ListValue(fill is not null && i >= withExtra ? [.. items[start..end], fill] : items[start..end]);
            start = end;
        }
    }
}
