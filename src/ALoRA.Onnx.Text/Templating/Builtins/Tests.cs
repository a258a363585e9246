using System.Collections.Frozen;
using System.Numerics;
using ALoRA.Onnx.Python;
using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Python.Strings;
using ALoRA.Onnx.Python.Values;
using ALoRA.Onnx.Templating.Rendering;

namespace ALoRA.Onnx.Templating.Builtins;

/// <summary>Jinja's tests: <c>value is name</c>.</summary>
internal static class Tests
{
    private static readonly FrozenDictionary<string, Func<RenderState, object?, Arguments, bool>> All =
        new Dictionary<string, Func<RenderState, object?, Arguments, bool>>
        {
            ["defined"] = Plain("defined", value => value is not UndefinedValue),
            ["undefined"] = Plain("undefined", value => value is UndefinedValue),
            ["none"] = Plain("none", value => value is null),
            ["boolean"] = Plain("boolean", value => value is bool),
            ["true"] = Plain("true", value => value is true),
            ["false"] = Plain("false", value => value is false),
            ["integer"] = Plain("integer", value => value is long or BigInteger),
            ["float"] = Plain("float", value => value is double),
            ["number"] = Plain("number", PythonType.IsNumber),
            ["string"] = Plain("string", value => value is string or MarkupValue),
            ["mapping"] = Plain("mapping", value => value is DictValue),
            ["sequence"] = Plain("sequence", IsSequence),
            ["iterable"] = Plain("iterable", PythonIteration.IsIterable),
            ["callable"] = Plain("callable", value => value is TemplateValue { IsCallable: true }),
            ["escaped"] = Plain("escaped", value => value is MarkupValue),
            ["odd"] = (r, value, a) => Remainder(r, value, 2L, a, 0) is 1L or 1.0,
            ["even"] = (r, value, a) => IsZero(Remainder(r, value, 2L, a, 0)),
            ["divisibleby"] = (r, value, a) => IsZero(Remainder(r, value, a.Bind("divisibleby", 1, "num")[0], a, 1)),
            ["lower"] = (r, value, a) => IsCase(r, value, a, TextCase.IsLower),
            ["upper"] = (r, value, a) => IsCase(r, value, a, TextCase.IsUpper),
            ["sameas"] = (_, value, a) => IsSame(value, a.Bind("sameas", 1, "other")[0]),
            ["in"] = (r, value, a) => PythonIteration.Contains(a.Bind("in", 1, "seq")[0], value, r.Budget),
            ["filter"] = (_, value, _) => PythonText.Of(Hashable(value)) is string name && Filters.Has(name),
            ["test"] = (_, value, _) => PythonText.Of(Hashable(value)) is string name && Has(name),
            ["=="] = Equal(true),
            ["eq"] = Equal(true),
            ["equalto"] = Equal(true),
            ["!="] = Equal(false),
            ["ne"] = Equal(false),
            [">"] = Order(CompareOperator.Greater),
            ["gt"] = Order(CompareOperator.Greater),
            ["greaterthan"] = Order(CompareOperator.Greater),
            [">="] = Order(CompareOperator.GreaterOrEqual),
            ["ge"] = Order(CompareOperator.GreaterOrEqual),
            ["<"] = Order(CompareOperator.Less),
            ["lt"] = Order(CompareOperator.Less),
            ["lessthan"] = Order(CompareOperator.Less),
            ["<="] = Order(CompareOperator.LessOrEqual),
            ["le"] = Order(CompareOperator.LessOrEqual),
        }.ToFrozenDictionary(StringComparer.Ordinal);

    public static bool Has(string name) => All.ContainsKey(name);

    /// <summary>Applies a test; a name that is unknown fails only here where a condition let it through parsing.</summary>
    public static bool Call(RenderState state, string name, object? value, Arguments arguments) =>
        All.TryGetValue(name, out Func<RenderState, object?, Arguments, bool>? test)
            ? test(state, value, arguments)
            : throw TemplateFailure.Runtime($"No test named '{name}' found.");

    private static Func<RenderState, object?, Arguments, bool> Plain(string name, Func<object?, bool> test) => (_, value, arguments) =>
    {
        arguments.Bind(name, 0);
        return test(value);
    };

    private static Func<RenderState, object?, Arguments, bool> Equal(bool wanted) => (state, value, arguments) =>
        PythonEquality.AreEqual(value, arguments.BindPositional("eq", 1, 1)[0], state.Budget) == wanted;

    private static Func<RenderState, object?, Arguments, bool> Order(CompareOperator comparison) => (state, value, arguments) =>
        PythonOrder.Holds(comparison, value, arguments.BindPositional("lt", 1, 1)[0], state.Budget);

    private static bool IsSequence(object? value) =>
        value is string or MarkupValue or SequenceValue or DictValue or RangeValue or BytesValue or UndefinedValue;

    private static object? Remainder(RenderState state, object? value, object? divisor, Arguments arguments, int parameters)
    {
        arguments.Bind("divisibleby", 0, parameters == 0 ? [] : ["num"]);
        return PythonArithmetic.Apply(BinaryOperator.Modulo, value, divisor, state.Budget);
    }

    private static bool IsZero(object? remainder) => remainder is 0L or 0.0;

    private static bool IsCase(RenderState state, object? value, Arguments arguments, Func<int, bool> wanted)
    {
        arguments.Bind("upper", 0);
        return TextPredicates.IsCase(TextPrinter.Print(value, state.Budget), wanted);
    }

    private static bool IsSame(object? value, object? other) => (value, other) switch
    {
        (TemplateValue, _) or (_, TemplateValue) => ReferenceEquals(value, other),
        _ => Equals(value, other),
    };

    private static object? Hashable(object? value) => value is ListValue or DictValue or DictViewValue
        ? throw TemplateFailure.Type($"unhashable type: '{PythonType.NameOf(value)}'")
        : value;
}
