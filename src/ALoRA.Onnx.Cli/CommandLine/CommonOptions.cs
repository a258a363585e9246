using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace ALoRA.Onnx.Cli.CommandLine;

/// <summary>Options that several commands have.</summary>
internal static class CommonOptions
{
    public static Option<bool> Json() => new("--json") { Description = "Print the result as JSON." };

    public static Argument<string> Model() => new("model") { Description = "An exported model folder." };

    public static Option<string?> System() => new("--system") { Description = "The system message." };

    public static Option<bool> Force() => new("--force", "-f") { Description = "Replace what is already there." };

    public static Option<string> Output(string description) => new("--output", "-o") { Description = description, Required = true };

    /// <summary>Refuses smaller values as a usage error.</summary>
    public static Option<int> AtLeast(this Option<int> option, int minimum)
    {
        option.Validators.Add(result => Check(result, value => value >= minimum, $"at least {minimum}"));
        return option;
    }

    /// <inheritdoc cref="AtLeast(Option{int}, int)"/>
    public static Option<int?> AtLeast(this Option<int?> option, int minimum)
    {
        option.Validators.Add(result => Check(result, value => value >= minimum, $"at least {minimum}"));
        return option;
    }

    /// <summary>Refuses zero, negative values and NaN as a usage error.</summary>
    public static Option<float> Positive(this Option<float> option)
    {
        option.Validators.Add(result => Check(result, value => value > 0, "greater than 0"));
        return option;
    }

    /// <summary>Refuses what a parameter of generation can't be as a usage error.</summary>
    public static Option<double?> InRangeOf(this Option<double?> option, GenerationParameter parameter)
    {
        string condition = $"{(parameter.IsInteger ? "an integer" : "a number")} {parameter.Range}";
        option.Validators.Add(result => Check(result, parameter.IsInRange, condition));
        return option;
    }

    // A value that is no number has been reported by the parser already.
    private static void Check(OptionResult result, Predicate<double> holds, string condition)
    {
        if (result.Tokens.Count > 0
            && double.TryParse(result.Tokens[0].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            && !holds(value))
        {
            result.AddError($"{result.Option.Name} must be {condition}, got {result.Tokens[0].Value}.");
        }
    }
}
