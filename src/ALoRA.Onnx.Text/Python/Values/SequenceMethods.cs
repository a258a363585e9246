using ALoRA.Onnx.Python.Failures;

namespace ALoRA.Onnx.Python.Values;

/// <summary>The methods of lists, tuples and ranges that change nothing.</summary>
internal static class SequenceMethods
{
    public static bool TryGet(TemplateValue sequence, string name, out object? method)
    {
        method = name switch
        {
            "count" => new BuiltinFunction(name, (r, a) => Count(sequence, a, r.Budget)),
            "index" => new BuiltinFunction(name, (r, a) => Index(sequence, a, r.Budget)),
            "copy" when sequence is ListValue list => new BuiltinFunction(name, (r, a) => Copy(list, a, r.Budget)),
            _ => null,
        };
        return method is not null;
    }

    private static ListValue Copy(ListValue list, Arguments arguments, Budget budget)
    {
        arguments.BindPositional("copy", 0, 0);
        budget.Elements(list.Items.Length);
        return new ListValue([.. list.Items]);
    }

    private static long Count(TemplateValue sequence, Arguments arguments, Budget budget)
    {
        object? wanted = arguments.BindPositional("count", 1, 1)[0];
        long count = 0;
        foreach (object? item in sequence.Iterate(budget))
        {
            budget.Step();
            count += PythonEquality.Same(item, wanted, budget) ? 1 : 0;
        }

        return count;
    }

    private static long Index(TemplateValue sequence, Arguments arguments, Budget budget)
    {
        object?[] bound = arguments.BindPositional("index", 1, 3);
        int length = sequence.Length!.Value;
        int start = MissingValue.Is(bound[1]) ? 0 : Position(bound[1], length);
        int stop = MissingValue.Is(bound[2]) ? length : Position(bound[2], length);
        int index = 0;
        foreach (object? item in sequence.Iterate(budget))
        {
            budget.Step();
            if (index >= start && index < stop && PythonEquality.Same(item, bound[0], budget))
            {
                return index;
            }

            index++;
        }

        throw TemplateFailure.Value($"{TextPrinter.Represent(bound[0], budget)} is not in {sequence.TypeName}");
    }

    private static int Position(object? value, int length)
    {
        int index = PythonInteger.Index(value, "index");
        return index < 0 ? (int)Math.Max(0, (long)index + length) : index;
    }
}
