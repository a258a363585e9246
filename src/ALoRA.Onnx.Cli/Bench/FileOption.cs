using System.CommandLine;

namespace ALoRA.Onnx.Cli.Bench;

/// <summary>An option that takes the path of a file to write.</summary>
internal class FileOption : Option<string?>
{
    private const string PartialSuffix = ".partial";

    public FileOption(string name, string description)
        : base(name)
    {
        Description = description;
        HelpName = "file";
        // Before minutes are spent on what is to be written.
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

    /// <summary>Refuses names that end otherwise than what is written: a file is what its name says.</summary>
    protected void EndsWith(params string[] endings) => Validators.Add(result =>
    {
        if (result.Tokens.Count > 0 && !endings.Contains(Path.GetExtension(result.Tokens[0].Value), StringComparer.OrdinalIgnoreCase))
        {
            string path = result.Tokens[0].Value;
            result.AddError(
                $"{Name} writes {string.Join(" or ", endings)}, got '{path}'. Give a name such as "
                + $"{Path.ChangeExtension(Path.GetFileName(path), endings[0])}.");
        }
    });

    /// <summary>Writes a file whole or not at all.</summary>
    protected static async Task WriteAsync(string path, string text, CancellationToken cancellationToken)
    {
        string partial = path + PartialSuffix;
        try
        {
            await File.WriteAllTextAsync(partial, text, cancellationToken);
            File.Move(partial, path, overwrite: true);
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }
}
