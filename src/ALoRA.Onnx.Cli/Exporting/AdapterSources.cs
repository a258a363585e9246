using System.CommandLine;
using ALoRA.Onnx.Export;

namespace ALoRA.Onnx.Cli.Exporting;

/// <summary>Adapters to convert along with an export, written <c>NAME=PEFT_FOLDER</c>.</summary>
internal static class AdapterSources
{
    /// <summary>The option <c>--adapter</c>, which may be given several times.</summary>
    public static Option<string[]> Option()
    {
        Option<string[]> option = new("--adapter", "-a") { Description = "NAME=PEFT_FOLDER: convert this adapter along. May be given several times." };
        option.Validators.Add(result =>
        {
            foreach (string value in result.Tokens.Select(token => token.Value).Where(value => value.IndexOf('=', StringComparison.Ordinal) <= 0))
            {
                result.AddError($"--adapter must be NAME=PEFT_FOLDER, got {value}.");
            }
        });
        return option;
    }

    /// <summary>Splits a value that the parser has accepted.</summary>
    public static ExportAdapter Parse(string value)
    {
        int separator = value.IndexOf('=', StringComparison.Ordinal);
        return new ExportAdapter(value[(separator + 1)..], value[..separator]);
    }
}
