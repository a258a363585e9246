using System.CommandLine;

namespace ALoRA.Onnx.Cli.Bench;

/// <summary>An option that takes the path of an SVG file to write.</summary>
internal sealed class SvgOption(string name, string description) : FileOption(name, description)
{
    private const string PartialSuffix = ".partial";

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
