using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace ALoRA.Onnx.Cli.Commands;

/// <summary>Options that several commands have.</summary>
internal static class CommonOptions
{
    public static Option<bool> Json() => new("--json") { Description = "Print the result as JSON." };

    public static Option<bool> Force() => new("--force", "-f") { Description = "Replace what is already there." };

    public static Option<string> Output(string description) => new("--output", "-o") { Description = description, Required = true };

    /// <summary>Refuses smaller values as a usage error.</summary>
    public static Option<int> AtLeast(this Option<int> option, int minimum)
    {
        option.Validators.Add(result =>
        {
            if (TryGetNumber(result, out int value) && value < minimum)
            {
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"{option.Name} must be at least {minimum}, got {value}."));
            }
        });
        return option;
    }

    // A value that is no number has been reported by the parser already.
    private static bool TryGetNumber(OptionResult result, out int value)
    {
        value = 0;
        return result.Tokens.Count > 0 && int.TryParse(result.Tokens[0].Value, NumberStyles.Integer, CultureInfo.InvariantCulture, out value);
    }
}
