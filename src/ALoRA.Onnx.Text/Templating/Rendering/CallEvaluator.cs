using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Python.Values;
using ALoRA.Onnx.Templating.Builtins;
using ALoRA.Onnx.Templating.Syntax;

namespace ALoRA.Onnx.Templating.Rendering;

/// <summary>Calls functions, filters and tests with their evaluated arguments.</summary>
internal sealed class CallEvaluator(RenderState state, ExpressionEvaluator expressions)
{
    public object? Call(object? target, Arguments arguments) => target switch
    {
        FunctionValue function => function.Call(state, arguments),
        UndefinedValue undefined => throw undefined.Failure(),
        _ => throw TemplateFailure.Type($"'{PythonType.NameOf(target)}' object is not callable"),
    };

    /// <summary>Applies filters, the innermost first.</summary>
    /// <param name="filter">The outermost filter.</param>
    /// <param name="captured">What the innermost one filters if it has no target of its own.</param>
    public object? Filter(FilterExpression filter, object? captured = null)
    {
        object? value = filter.Target switch
        {
            null => captured,
            FilterExpression inner => Filter(inner, captured),
            _ => expressions.Evaluate(filter.Target),
        };
        state.Budget.Step();
        return Filters.Call(state, filter.Name, value, Evaluate(filter.Arguments));
    }

    public object Test(TestExpression test) =>
        Tests.Call(state, test.Name, expressions.Evaluate(test.Target), Evaluate(test.Arguments));

    public Arguments Evaluate(CallArguments arguments)
    {
        if (arguments.IsEmpty)
        {
            return Arguments.None;
        }

        object?[] positional = expressions.EvaluateAll(arguments.Positional);
        (string Name, object? Value)[] named = arguments.Named.Length == 0
            ? []
            : Array.ConvertAll(arguments.Named, n => (n.Name, expressions.Evaluate(n.Value)));
        if (arguments.MorePositional is not null)
        {
            positional = [.. positional, .. PythonIteration.ToArray(expressions.Evaluate(arguments.MorePositional), state.Budget)];
        }

        if (arguments.MoreNamed is not null)
        {
            named = WithMore(named, expressions.Evaluate(arguments.MoreNamed));
        }

        return new Arguments(positional, named);
    }

    private (string Name, object? Value)[] WithMore((string Name, object? Value)[] named, object? mapping)
    {
        DictValue dict = mapping as DictValue
            ?? throw TemplateFailure.Type($"argument after ** must be a mapping, not {PythonType.NameOf(mapping)}");
        state.Budget.Elements(dict.Length!.Value);
        HashSet<string> names = [.. named.Select(n => n.Name)];
        List<(string Name, object? Value)> all = [.. named];
        foreach ((object? key, object? value) in dict.Pairs)
        {
            string name = PythonText.Of(key) ?? throw TemplateFailure.Type("keywords must be strings");
            all.Add(names.Add(name)
                ? (name, value)
                : throw TemplateFailure.Type($"got multiple values for keyword argument '{name}'"));
        }

        return [.. all];
    }
}
