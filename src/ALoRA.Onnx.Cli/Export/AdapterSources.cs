using System.CommandLine;
using ALoRA.Onnx.Export;

namespace ALoRA.Onnx.Cli.Export;

/// <summary>Adapters to convert along with an export, written <c>PATH</c> or <c>NAME=PATH</c>.</summary>
internal static class AdapterSources
{
    /// <summary>The option <c>--adapter</c>, which may be given several times.</summary>
    public static Option<string[]> Option()
    {
        Option<string[]> option = new("--adapter", "-a")
        {
            Description = "[NAME=]PATH: convert this adapter along, a PEFT folder or a LoRA as .gguf, named as that if no name is given. "
                + "May be given several times.",
        };
        option.Validators.Add(result =>
        {
            foreach (string value in result.Tokens.Select(token => token.Value)
                .Where(value => value.Length == 0 || value.StartsWith('=') || value.EndsWith('=')))
            {
                result.AddError($"--adapter must be PATH or NAME=PATH, got '{value}'.");
            }
        });
        return option;
    }

    /// <summary>Splits a value that the parser has accepted. A path that has a <c>=</c> itself is taken as it is where it exists.</summary>
    public static ExportAdapter Parse(string value)
    {
        int separator = value.IndexOf('=', StringComparison.Ordinal);
        return separator < 0 || Path.Exists(value)
            ? new ExportAdapter(value)
            : new ExportAdapter(value[(separator + 1)..], value[..separator]);
    }
}
