using ALoRA.Onnx.Python.Failures;

namespace ALoRA.Onnx.Python.Values;

/// <summary>The methods of dicts that change nothing.</summary>
internal static class DictMethods
{
    public static bool TryGet(DictValue dict, string name, out object? method)
    {
        method = name switch
        {
            "get" => new BuiltinFunction(name, (_, a) => Get(dict, a)),
            "items" => new BuiltinFunction(name, (_, a) => View(dict, a, name, DictViewKind.Items)),
            "keys" => new BuiltinFunction(name, (_, a) => View(dict, a, name, DictViewKind.Keys)),
            "values" => new BuiltinFunction(name, (_, a) => View(dict, a, name, DictViewKind.Values)),
            "copy" => new BuiltinFunction(name, (r, a) => Copy(dict, a, r.Budget)),
            "fromkeys" => new BuiltinFunction(name, (r, a) => FromKeys(a, r.Budget)),
            _ => null,
        };
        return method is not null;
    }

    /// <summary>Python's <c>dict(…)</c>: a mapping or pairs, and named values.</summary>
    public static DictValue Create(Arguments arguments, Budget budget)
    {
        if (arguments.Positional.Length > 1)
        {
            throw TemplateFailure.Type($"dict expected at most 1 argument, got {arguments.Positional.Length}");
        }

        DictValue result = arguments.Positional switch
        {
            [] => new DictValue(budget),
            [DictValue dict] => dict.Copy(budget),
            [var pairs] => FromPairs(pairs, budget),
            _ => throw TemplateFailure.Type("dict expected at most 1 argument"),
        };
        budget.Elements(arguments.Named.Length);
        foreach ((string name, object? value) in arguments.Named)
        {
            result.Set(name, value);
        }

        return result;
    }

    private static object? Get(DictValue dict, Arguments arguments)
    {
        object?[] bound = arguments.BindPositional("get", 1, 2);
        return dict.TryGet(bound[0], out object? value) ? value : MissingValue.Is(bound[1]) ? null : bound[1];
    }

    private static DictViewValue View(DictValue dict, Arguments arguments, string name, DictViewKind kind)
    {
        arguments.BindPositional(name, 0, 0);
        return new DictViewValue(dict, kind);
    }

    private static DictValue Copy(DictValue dict, Arguments arguments, Budget budget)
    {
        arguments.BindPositional("copy", 0, 0);
        return dict.Copy(budget);
    }

    private static DictValue FromKeys(Arguments arguments, Budget budget)
    {
        object?[] bound = arguments.BindPositional("fromkeys", 1, 2);
        DictValue result = new(budget);
        foreach (object? key in PythonIteration.Of(bound[0], budget))
        {
            budget.Step();
            result.Set(key, MissingValue.Is(bound[1]) ? null : bound[1]);
        }

        return result;
    }

    private static DictValue FromPairs(object? pairs, Budget budget)
    {
        DictValue result = new(budget);
        long index = 0;
        foreach (object? pair in PythonIteration.Of(pairs, budget))
        {
            budget.Step();
            if (!PythonIteration.IsIterable(pair))
            {
                throw TemplateFailure.Type($"cannot convert dictionary update sequence element #{index} to a sequence");
            }

            object?[] parts = PythonIteration.ToArray(pair, budget);
            if (parts.Length != 2)
            {
                throw TemplateFailure.Value($"dictionary update sequence element #{index} has length {parts.Length}; 2 is required");
            }

            result.Set(parts[0], parts[1]);
            index++;
        }

        return result;
    }
}
