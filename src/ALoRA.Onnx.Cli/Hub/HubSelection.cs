using System.IO.Enumeration;
using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Hub;

/// <summary>
/// Which files of a repository are needed: weights as safetensors, or the only GGUF file, configuration, tokenizer and templates; not the
/// same weights in other formats.
/// </summary>
internal static class HubSelection
{
    private const string Weights = ".safetensors";
    private const string Gguf = ".gguf";
    private const string Templates = "additional_chat_templates/";

    private static readonly string[] Endings = [Weights, ".json", ".jinja", "io.yaml", "tokenizer.model", "vocab.txt", "merges.txt"];

    /// <summary>Chooses.</summary>
    /// <param name="repository">Name of the repository, for messages.</param>
    /// <param name="files">All files of it.</param>
    /// <param name="patterns">Paths that the user asked for, with * and ?; none for those that are needed.</param>
    /// <exception cref="CommandFailedException">There is nothing to choose.</exception>
    public static IReadOnlyList<HubFile> Choose(string repository, IReadOnlyList<HubFile> files, IReadOnlyList<string> patterns)
    {
        if (patterns.Count > 0)
        {
            HubFile[] asked = [.. files.Where(file => patterns.Any(pattern => FileSystemName.MatchesSimpleExpression(pattern, file.Path)))];
            return asked.Length > 0
                ? asked
                : throw new CommandFailedException(
                    ExitCode.BadInput, $"{repository} has no file that matches {string.Join(" or ", patterns)}. It has {List(files)}.");
        }

        // One model or adapter lies in the root; a library of adapters has folders of them.
        bool isOne = files.Any(file => file.Path is "config.json" or "adapter_config.json");
        HubFile[] candidates =
        [
            .. files.Where(file => !isOne || !file.Path.Contains('/') || file.Path.StartsWith(Templates, StringComparison.Ordinal)),
        ];
        // Some repositories have the weights a second time, in their author's own layout.
        bool hasUsualNames = candidates.Any(file => file.Path.StartsWith("model", StringComparison.Ordinal) && Ends(file, Weights));
        HubFile[] needed =
        [
            .. candidates.Where(file => Endings.Any(ending => Ends(file, ending))
                && !(hasUsualNames && Ends(file, Weights) && file.Path.StartsWith("consolidated", StringComparison.Ordinal))),
        ];
        if (needed.Any(file => Ends(file, Weights)))
        {
            return needed;
        }

        HubFile[] ggufs = [.. files.Where(file => Ends(file, Gguf))];
        return ggufs.Length == 1
            ? [.. needed, ggufs[0]]
            : throw new CommandFailedException(
                ExitCode.BadInput,
                ggufs.Length == 0
                    ? $"{repository} has no weights as safetensors or GGUF. It has {List(files)}. Choose another repository."
                    : $"{repository} has several GGUF files. Choose one with --include, such as --include {ggufs[0].Path}: {List(ggufs)}.");
    }

    private static bool Ends(HubFile file, string ending) => file.Path.EndsWith(ending, StringComparison.OrdinalIgnoreCase);

    private static string List(IReadOnlyList<HubFile> files)
    {
        const int Most = 12;
        string more = files.Count > Most ? $" and {files.Count - Most} more" : "";
        return files.Count == 0 ? "no files" : string.Join(", ", files.Take(Most).Select(file => file.Path)) + more;
    }
}
