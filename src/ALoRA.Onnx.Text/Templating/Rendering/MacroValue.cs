using ALoRA.Onnx.Python;
using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Python.Values;
using ALoRA.Onnx.Templating.Syntax;

namespace ALoRA.Onnx.Templating.Rendering;

/// <summary>A macro, or the <c>caller</c> of a call block, with the scope it was defined in.</summary>
internal sealed class MacroValue(StatementRenderer renderer, MacroDefinition definition, Frame frame, bool autoescape) : FunctionValue
{
    public override string TypeName => "Macro";

    private string Title => definition.Name is null ? "None" : TextPrinter.Quote(definition.Name);

    public override object? Call(IEvaluation evaluation, Arguments arguments)
    {
        string text = renderer.RunMacro(definition, frame, scope => Bind(scope, arguments, evaluation.Budget));
        return autoescape ? new MarkupValue(text) : text;
    }

    public override bool TryGetAttribute(string name, out object? value)
    {
        value = name switch
        {
            "name" => definition.Name,
            "arguments" => new TupleValue(Array.ConvertAll(definition.Parameters, p => (object?)p.Name)),
            "caller" => definition.AccessesCaller,
            "explicit_caller" => Array.Exists(definition.Parameters, p => p.Name == "caller"),
            "catch_kwargs" => definition.NamedSlot >= 0,
            "catch_varargs" => definition.PositionalSlot >= 0,
            _ => MissingValue.Instance,
        };
        return !MissingValue.Is(value);
    }

    public override void Represent(TextPrinter printer) =>
        printer.Append($"<Macro {(definition.Name is null ? "anonymous" : TextPrinter.Quote(definition.Name))}>");

    /// <summary>Stores the arguments in the macro's scope; a parameter without one stays missing until its default is evaluated.</summary>
    private void Bind(Frame scope, Arguments arguments, Budget budget)
    {
        int count = definition.Parameters.Length;
        List<(string Name, object? Value)> named = [.. arguments.Named];
        for (int i = 0; i < count; i++)
        {
            scope.Slots[definition.ParameterSlots[i]] = i < arguments.Positional.Length
                ? arguments.Positional[i]
                : Take(named, definition.Parameters[i].Name);
        }

        bool declaresCaller = Array.Exists(definition.Parameters, p => p.Name == "caller");
        if (definition.AccessesCaller && !declaresCaller)
        {
            object? caller = Take(named, "caller");
            scope.Slots[definition.CallerSlot] = MissingValue.Is(caller) || caller is null
                ? new UndefinedValue("No caller defined")
                : caller;
        }

        if (definition.NamedSlot >= 0)
        {
            scope.Slots[definition.NamedSlot] = DictMethods.Create(new Arguments([], [.. named]), budget);
        }
        else if (named.Count > 0)
        {
            throw TemplateFailure.Type($"macro {Title} takes no keyword argument {TextPrinter.Quote(named[0].Name)}");
        }

        if (definition.PositionalSlot >= 0)
        {
            scope.Slots[definition.PositionalSlot] = new TupleValue([.. arguments.Positional.Skip(count)]);
        }
        else if (arguments.Positional.Length > count)
        {
            throw TemplateFailure.Type($"macro {Title} takes not more than {count} argument(s)");
        }
    }

    private static object? Take(List<(string Name, object? Value)> named, string name)
    {
        int index = named.FindIndex(n => n.Name == name);
        if (index < 0)
        {
            return MissingValue.Instance;
        }

        object? value = named[index].Value;
        named.RemoveAt(index);
        return value;
    }
}
