using System.CommandLine;

namespace ALoRA.Onnx.Cli.Bench;

/// <summary>An option that takes the path of a file to write.</summary>
internal class FileOption : Option<string?>
{
    public FileOption(string name, string description)
        : base(name)
    {
        Description = description;

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
}
