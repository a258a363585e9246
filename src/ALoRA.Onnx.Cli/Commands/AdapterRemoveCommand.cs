using System.CommandLine;
using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Commands;

/// <summary><c>alora adapter remove</c>: adapters are deleted from a model folder.</summary>
internal sealed class AdapterRemoveCommand : AloraCommand
{
    private readonly Argument<string> _model = CommonOptions.Model();
    private readonly Argument<string[]> _names = new("name")
    {
        Description = "The adapters to delete, as `alora adapter list` names them.",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Say what would be deleted, and delete nothing." };

    public AdapterRemoveCommand(Terminal terminal)
        : base(
            "remove",
            "Delete adapters from a model folder. What they were converted from stays where it is; a program that has one in use keeps it "
            + "until it is closed.",
            terminal,
            "alora adapter remove onnx-models/demo certainty-lora",
            "alora adapter remove onnx-models/demo certainty answerability --dry-run")
    {
        Add(_model);
        Add(_names);
        Add(_dryRun);
    }

    protected override Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        string model = arguments.GetRequiredValue(_model);
        _ = ModelManifest.Read(model);
        // All names are looked up before the first is deleted; only what lies in the folder can be named.
        string[] names = [.. arguments.GetRequiredValue(_names).Select(name => AdapterNames.Find(model, "<name>", name)).Distinct()];
        foreach (string name in names)
        {
            string folder = AdapterNames.FolderOf(model, name);
            if (arguments.GetValue(_dryRun))
            {
                Terminal.WriteText($"{folder}: would be deleted.");
                continue;
            }

            Delete(folder);
            Terminal.WriteText($"{folder}: deleted.");
        }

        return Task.FromResult(ExitCode.Done);
    }

    // Gone at once for whoever looks: a name that begins with a dot is no adapter, also if the process ends before all is deleted.
    private void Delete(string folder)
    {
        string leaving = Path.Combine(Path.GetDirectoryName(folder)!, $".removed-{Guid.NewGuid():N}");
        try
        {
            Directory.Move(folder, leaving);
        }
        catch (IOException exception)
        {
            throw new IOException($"{folder} cannot be deleted: {exception.Message} Close what has it open, and try again.", exception);
        }

        try
        {
            Directory.Delete(leaving, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Terminal.WriteNote(
                $"warning: {leaving}, which is no adapter any more, cannot be deleted: {exception.Message} Delete it when it is not "
                + "in use.");
        }
    }
}
