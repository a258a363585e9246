using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Python.Values;
using ALoRA.Onnx.Templating.Rendering;

namespace ALoRA.Onnx.Templating.Builtins;

/// <summary>
/// <c>map</c>, <c>select</c>, <c>reject</c> and their attribute forms: lazy,
/// so that mistakes in their arguments show when they are iterated.
/// </summary>
internal static class SelectFilters
{
    public static object? Map(RenderState state, object? value, Arguments arguments) =>
        new IteratorValue(Mapped(state, value, arguments));

    public static object? Select(RenderState state, object? value, Arguments arguments) =>
        new IteratorValue(Chosen(state, value, arguments, wanted: true, byAttribute: false));

    public static object? Reject(RenderState state, object? value, Arguments arguments) =>
        new IteratorValue(Chosen(state, value, arguments, wanted: false, byAttribute: false));

    public static object? SelectAttribute(RenderState state, object? value, Arguments arguments) =>
        new IteratorValue(Chosen(state, value, arguments, wanted: true, byAttribute: true));

    public static object? RejectAttribute(RenderState state, object? value, Arguments arguments) =>
        new IteratorValue(Chosen(state, value, arguments, wanted: false, byAttribute: true));

    private static IEnumerable<object?> Mapped(RenderState state, object? value, Arguments arguments)
    {
        if (!PythonTruth.Of(value))
        {
            yield break;
        }

        Func<object?, object?> map = Mapper(state, arguments);
        foreach (object? item in PythonIteration.Of(value, state.Budget))
        {
            yield return map(item);
        }
    }

    private static Func<object?, object?> Mapper(RenderState state, Arguments arguments)
    {
        if (arguments.Positional.Length == 0 && !MissingValue.Is(arguments.Find("attribute")))
        {
            object?[] bound = arguments.Bind("map", 0, "attribute", "default");
            return AttributePath.Parse(bound[0], state.Budget, MissingValue.Is(bound[1]) ? null : bound[1]).Get;
        }

        if (arguments.Positional.Length == 0)
        {
            throw TemplateFailure.Value("map requires a filter argument");
        }

        string name = NameOf(arguments.Positional[0], "filter");
        Arguments rest = arguments.From(1);
        return item => Filters.Call(state, name, item, rest);
    }

    private static IEnumerable<object?> Chosen(RenderState state, object? value, Arguments arguments, bool wanted, bool byAttribute)
    {
        if (!PythonTruth.Of(value))
        {
            yield break;
        }

        Func<object?, bool> test = Tester(state, arguments, byAttribute);
        foreach (object? item in PythonIteration.Of(value, state.Budget))
        {
            if (test(item) == wanted)
            {
                yield return item;
            }
        }
    }

    private static Func<object?, bool> Tester(RenderState state, Arguments arguments, bool byAttribute)
    {
        AttributePath? path = !byAttribute ? null : arguments.Positional.Length > 0
            ? AttributePath.Parse(arguments.Positional[0], state.Budget)
            : throw TemplateFailure.Value("Missing parameter for attribute name");
        Arguments rest = arguments.From(byAttribute ? 1 : 0);
        if (rest.Positional.Length == 0)
        {
            return item => PythonTruth.Of(path is null ? item : path.Get(item));
        }

        string name = NameOf(rest.Positional[0], "test");
        rest = rest.From(1);
        return item => Tests.Call(state, name, path is null ? item : path.Get(item), rest);
    }

    private static string NameOf(object? value, string kind) =>
        PythonText.Of(value) ?? throw TemplateFailure.Runtime($"No {kind} named {TextPrinter.RepresentShort(value)}.");
}
