namespace ALoRA.Onnx.Cli.CommandLine;

/// <summary>Finds out what a path is that should be an exported model and is none.</summary>
internal static class ModelPath
{
    /// <summary>What the path is instead, and what to do next; null if nothing is known about it.</summary>
    public static string? Explain(string path)
    {
        string name = Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(path));
        if (IsCheckpoint(path))
        {
            return $"{path} is a checkpoint, not an exported model: `alora export {path} -o onnx-models/{name}` "
                + "first, then give that folder.";
        }

        if (Directory.Exists(path))
        {
            string[] models = [.. Directory.EnumerateDirectories(path).Where(IsModel).Order(StringComparer.Ordinal).Take(3)];
            return models.Length > 0
                ? $"{path} is no exported model, but holds some: give {string.Join(" or ", models)}."
                : $"{path} is no exported model: it has no {ModelManifest.FileName}. Make one of a checkpoint: "
                    + $"`alora export CHECKPOINT -o onnx-models/NAME`.";
        }

        return File.Exists(path)
            ? $"{path} is a file. Give the folder of an exported model."
            : $"{path} does not exist. Give an exported model folder.{Neighbour(path)}{HubHint(path)}";
    }

    /// <summary>Whether a folder is an exported model.</summary>
    public static bool IsModel(string folder) => File.Exists(Path.Combine(folder, ModelManifest.FileName));

    private static bool IsCheckpoint(string path) => Directory.Exists(path)
        ? !IsModel(path) && (File.Exists(Path.Combine(path, "config.json")) || Directory.EnumerateFiles(path, "*.gguf").Any())
        : File.Exists(path) && Path.GetExtension(path).Equals(".gguf", StringComparison.OrdinalIgnoreCase);

    private static string Neighbour(string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (Path.GetDirectoryName(full) is not { } parent || !Directory.Exists(parent))
        {
            return "";
        }

        IEnumerable<string> names = Directory.EnumerateDirectories(parent).Where(IsModel).Select(folder => Path.GetFileName(folder));
        return NearMiss.Of(Path.GetFileName(full), names) is { } near
            ? $" Did you mean {Path.Combine(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(path)) ?? "", near)}?"
            : "";
    }

    private static string HubHint(string path) => HubName.IsOne(path)
        ? $" If it is a model of the hub: `alora export {path} -o onnx-models/{path.Split('/')[1]}` makes one of it."
        : "";
}
