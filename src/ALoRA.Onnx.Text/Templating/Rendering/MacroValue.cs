using ALoRA.Onnx.Python;
using ALoRA.Onnx.Python.Failures;
using ALoRA.Onnx.Python.Values;
using ALoRA.Onnx.Templating.Syntax;

namespace ALoRA.Onnx.Templating.Rendering;

/// <summary>A macro, or the <c>caller</c> of a call block, with the scope it was defined in.</summary>
internal sealed class MacroValue(StatementRenderer renderer, MacroDefinition definition, Frame frame, Escaping escaping) : FunctionValue
{
    public override string TypeName => "Macro";

    private string Title => definition.Name is null ? "None" : TextPrinter.Quote(definition.Name);

    public override object? Call(IEvaluation evaluation, Arguments arguments) =>
        renderer.RunMacro(definition, frame, escaping, scope => Bind(scope, arguments, evaluation.Budget));

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
        Dictionary<string, object?> named = arguments.Named.ToDictionary(n => n.Name, n => n.Value, StringComparer.Ordinal);
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

        (string Name, object? Value)[] rest = named.Count == 0 ? [] : [.. arguments.Named.Where(n => named.ContainsKey(n.Name))];
        if (definition.NamedSlot >= 0)
        {
            scope.Slots[definition.NamedSlot] = DictMethods.Create(new Arguments([], rest), budget);
        }
        else if (rest.Length > 0)
        {
            throw TemplateFailure.Type($"macro {Title} takes no keyword argument {TextPrinter.Quote(rest[0].Name)}");
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

    private static object? Take(Dictionary<string, object?> named, string name) =>
        named.Remove(name, out object? value) ? value : MissingValue.Instance;
}
