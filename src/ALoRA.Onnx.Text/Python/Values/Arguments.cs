using ALoRA.Onnx.Python.Failures;

namespace ALoRA.Onnx.Python.Values;

/// <summary>The evaluated arguments of a call.</summary>
internal sealed record Arguments(object?[] Positional, (string Name, object? Value)[] Named)
{
    public static Arguments None { get; } = new([], []);

    public static Arguments Of(params object?[] positional) => new(positional, []);

    /// <summary>The arguments from a position on.</summary>
    public Arguments From(int position) => this with { Positional = Positional[position..] };

    /// <summary>The value given by name; <see cref="MissingValue"/> where there is none.</summary>
    public object? Find(string name)
    {
        int index = Array.FindIndex(Named, n => n.Name == name);
        return index < 0 ? MissingValue.Instance : Named[index].Value;
    }

    /// <summary>
    /// Assigns the arguments to parameters as Python does; optional ones that are not given are <see cref="MissingValue"/>.
    /// </summary>
    public object?[] Bind(string function, int required, params ReadOnlySpan<string> parameters)
    {
        object?[] bound = BindPositional(Positional, function, parameters.Length);
        foreach ((string name, object? value) in Named)
        {
            int index = parameters.IndexOf(name);
            if (index < 0)
            {
                throw TemplateFailure.Type($"{function}() got an unexpected keyword argument '{name}'");
            }

            bound[index] = MissingValue.Is(bound[index])
                ? value
                : throw TemplateFailure.Type($"{function}() got multiple values for argument '{name}'");
        }

        for (int i = 0; i < required; i++)
        {
            if (MissingValue.Is(bound[i]))
            {
                throw TemplateFailure.Type($"{function}() missing required argument: '{parameters[i]}'");
            }
        }

        return bound;
    }

    /// <summary>The same for functions that take their arguments by position only.</summary>
    public object?[] BindPositional(string function, int required, int parameters)
    {
        if (Named.Length > 0)
        {
            throw TemplateFailure.Type($"{function}() takes no keyword arguments");
        }

        return Positional.Length >= required
            ? BindPositional(Positional, function, parameters)
            : throw TemplateFailure.Type($"{function}() takes at least {required} argument(s) ({Positional.Length} given)");
    }

    private static object?[] BindPositional(object?[] positional, string function, int parameters)
    {
        if (positional.Length > parameters)
        {
            throw TemplateFailure.Type($"{function}() takes at most {parameters} argument(s) ({positional.Length} given)");
        }

        object?[] bound = new object?[parameters];
        positional.CopyTo(bound, 0);
        Array.Fill(bound, MissingValue.Instance, positional.Length, parameters - positional.Length);
        return bound;
    }
}
