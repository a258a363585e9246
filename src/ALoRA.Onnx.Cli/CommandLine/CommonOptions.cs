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

    /// <inheritdoc cref="AtLeast(Option{int}, int)"/>
    public static Option<long?> AtLeast(this Option<long?> option, long minimum)
    {
        option.Validators.Add(result => Check(result, value => value >= minimum, $"at least {minimum}"));
        return option;
    }

    /// <summary>Refuses zero, negative values and NaN as a usage error.</summary>
    public static TOption Positive<TOption>(this TOption option)
        where TOption : Option => option.Within(value => value > 0, "greater than 0");

    /// <summary>Refuses other numbers as a usage error.</summary>
    /// <param name="option">An option that takes numbers.</param>
    /// <param name="holds">Whether a number is taken.</param>
    /// <param name="condition">That in words behind "must be".</param>
    public static TOption Within<TOption>(this TOption option, Predicate<double> holds, string condition)
        where TOption : Option
    {
        option.Validators.Add(result => Check(result, holds, condition));
        return option;
    }

    /// <summary>Refuses what a parameter of generation can't be as a usage error.</summary>
    public static Option<double?> InRangeOf(this Option<double?> option, GenerationParameter parameter)
    {
        return option.Within(parameter.IsInRange, $"{(parameter.IsInteger ? "an integer" : "a number")} {parameter.Range}");
    }

    // A value that is no number has been reported by the parser already.
    private static void Check(OptionResult result, Predicate<double> holds, string condition)
    {
        foreach (string token in result.Tokens.Select(token => token.Value))
        {
            if (double.TryParse(token, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && !holds(value))
            {
                result.AddError($"{result.Option.Name} must be {condition}, got {token}.");
            }
        }
    }
}
