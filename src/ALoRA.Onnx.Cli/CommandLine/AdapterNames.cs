using System.CommandLine;
using System.CommandLine.Completions;

namespace ALoRA.Onnx.Cli.CommandLine;

/// <summary>The adapters in a model folder, looked up before anything is computed or even opened.</summary>
internal static class AdapterNames
{
    private const string FolderName = "adapters";

    /// <summary>Their names, in order; none if there is no such folder.</summary>
    public static IReadOnlyList<string> Of(string modelFolder)
    {
        string folder = Path.Combine(modelFolder, FolderName);
        return Directory.Exists(folder)
            ? [.. Directory.EnumerateDirectories(folder)
                .Where(path => File.Exists(Path.Combine(path, AdapterManifest.FileName)))
                .Select(path => Path.GetFileName(path))
                .Where(name => name[0] != '.')
                .Order(StringComparer.Ordinal)]
            : [];
    }

    /// <summary>What a shell offers for an adapter of the model that the line names already.</summary>
    public static IEnumerable<CompletionItem> Suggest(CompletionContext context, Argument<string> model) =>
        context.ParseResult.GetValue(model) is { } folder ? Of(folder).Select(name => new CompletionItem(name)) : [];

    /// <summary>The folder of an adapter.</summary>
    public static string FolderOf(string modelFolder, string name) => Path.Combine(modelFolder, FolderName, name);

    /// <summary>The name as the folder has it, whatever its case; the name itself where no model is there to look into.</summary>
    /// <param name="modelFolder">An exported model.</param>
    /// <param name="flag">What gave the name, for messages.</param>
    /// <param name="name">The name.</param>
    /// <exception cref="CommandFailedException">The model has no such adapter.</exception>
    public static string Find(string modelFolder, string flag, string name)
    {
        if (!File.Exists(Path.Combine(modelFolder, ModelManifest.FileName)))
        {
            return name;
        }

        IReadOnlyList<string> names = Of(modelFolder);
        return names.FirstOrDefault(known => known == name)
            ?? (names.Where(known => known.Equals(name, StringComparison.OrdinalIgnoreCase)).ToArray() is [var only] ? only : null)
            ?? throw new CommandFailedException(ExitCode.Usage, Unknown(modelFolder, flag, name, names));
    }

    private static string Unknown(string modelFolder, string flag, string name, IReadOnlyList<string> names) => names.Count == 0
        ? $"{flag}: {modelFolder} has no adapters. `alora adapter convert PEFT_FOLDER --model {modelFolder}` adds one."
        : $"{flag}: {modelFolder} has no adapter '{name}'. It has {string.Join(", ", names)}.{NearMiss.Question(name, names)}";
}
