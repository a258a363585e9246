using System.Text;
using ALoRA.Onnx.Python;
using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Python.Values;
using ALoRA.Onnx.Templating.Builtins;
using ALoRA.Onnx.Templating.Syntax.Nodes;

namespace ALoRA.Onnx.Templating.Rendering;

internal sealed partial class Renderer
{
    /// <summary>Runs a macro's body in a scope below the one it was defined in and gives its text.</summary>
    public string RunMacro(MacroDefinition macro, Frame definedIn, Action<Frame> bind)
    {
        EnterCall();
        (Frame caller, int line) = (_frame, Line);
        Frame scope = new(macro.Scope, definedIn);
        Start(scope);
        bind(scope);
        _frame = scope;
        StringBuilder outer = BeginCapture();
        for (int i = 0; i < macro.Parameters.Length; i++)
        {
            int slot = macro.ParameterSlots[i];
            if (MissingValue.Is(scope.Slots[slot]))
            {
                scope.Slots[slot] = macro.DefaultOf(i) is Expression value
                    ? Evaluate(value)
                    : new UndefinedValue($"parameter '{macro.Parameters[i].Name}' was not provided");
            }
        }

        Execute(macro.Body);
        string text = EndCapture(outer);
        (_frame, Line) = (caller, line);
        LeaveCall();
        return text;
    }

    private object? Call(object? target, Arguments arguments) => target switch
    {
        FunctionValue function => function.Call(this, arguments),
        UndefinedValue undefined => throw undefined.Failure(),
        _ => throw TemplateFailure.Type($"'{PythonType.NameOf(target)}' object is not callable"),
    };

    private object? EvaluateFilter(FilterExpression filter, object? captured = null)
    {
        object? value = filter.Target switch
        {
            null => captured,
            FilterExpression inner => EvaluateFilter(inner, captured),
            _ => Evaluate(filter.Target),
        };
        Budget.Step();
        return Filters.Call(this, filter.Name, value, EvaluateArguments(filter.Arguments));
    }

    private Arguments EvaluateArguments(CallArguments arguments)
    {
        if (arguments.IsEmpty)
        {
            return Arguments.None;
        }

        object?[] positional = EvaluateAll(arguments.Positional);
        (string Name, object? Value)[] named = arguments.Named.Length == 0
            ? []
            : Array.ConvertAll(arguments.Named, n => (n.Name, Evaluate(n.Value)));
        if (arguments.MorePositional is not null)
        {
            positional = [.. positional, .. PythonIteration.ToArray(Evaluate(arguments.MorePositional), Budget)];
        }

        if (arguments.MoreNamed is not null)
        {
            named = [.. named, .. MoreNamed(Evaluate(arguments.MoreNamed), named)];
        }

        return new Arguments(positional, named);
    }

    private static IEnumerable<(string Name, object? Value)> MoreNamed(object? mapping, (string Name, object? Value)[] named)
    {
        DictValue dict = mapping as DictValue
            ?? throw TemplateFailure.Type($"argument after ** must be a mapping, not {PythonType.NameOf(mapping)}");
        foreach ((object? key, object? value) in dict.Pairs)
        {
            string name = PythonText.Of(key) ?? throw TemplateFailure.Type("keywords must be strings");
            yield return Array.Exists(named, n => n.Name == name)
                ? throw TemplateFailure.Type($"got multiple values for keyword argument '{name}'")
                : (name, value);
        }
    }

    private object?[] EvaluateAll(Expression[] expressions)
    {
        object?[] values = expressions.Length == 0 ? [] : new object?[expressions.Length];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Evaluate(expressions[i]);
        }

        return values;
    }
}
