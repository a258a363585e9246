using System.CommandLine;

namespace ALoRA.Onnx.Cli.Bench;

/// <summary>An option that takes the path of an SVG file to write.</summary>
internal sealed class SvgOption : Option<string?>
{
    private const string PartialSuffix = ".partial";

    public SvgOption(string name, string description)
        : base(name)
    {
        Description = description;

        // Before minutes are spent on what is to be drawn.
        Validators.Add(result =>
        {
            if (result.Tokens.Count > 0
                && Path.GetDirectoryName(Path.GetFullPath(result.Tokens[0].Value)) is { } folder
                && !Directory.Exists(folder))
            {
                result.AddError($"{name}: there is no folder {folder}. Create it, or give another path.");
            }
        });
    }

    /// <summary>Writes the drawing where the option says, if it was given: whole or not at all.</summary>
    public async Task WriteAsync(ParseResult arguments, Func<string> draw, CancellationToken cancellationToken)
    {
        if (arguments.GetValue(this) is not { } path)
        {
            return;
        }

        string partial = path + PartialSuffix;
        try
        {
            await File.WriteAllTextAsync(partial, draw(), cancellationToken);
            File.Move(partial, path, overwrite: true);
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }
}
