using ALoRA.Onnx.Shared;

namespace ALoRA.Onnx.Models;

/// <summary>The files of a model folder.</summary>
internal static class ModelFolder
{
    public const string Tokenizer = "tokenizer.json";

    /// <summary>Reads the manifest and checks that graph and weights are there, whole.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="ModelFormatException">A file is missing, malformed or incomplete.</exception>
    public static ModelManifest Read(string folder)
    {
        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (!File.Exists(Path.Combine(folder, ModelManifest.FileName)) && Path.GetDirectoryName(folder) is string parent)
        {
            OwnedPlace.RestoreReplaced(parent);
        }

        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException($"There is no model folder {folder}. Export a checkpoint into it with `alora export`.");
        }

        ModelManifest manifest = ModelManifest.Read(folder);
        RequireFile(Path.Combine(folder, manifest.GraphFile));
        foreach (string graph in new[] { manifest.BaseGraphFile, manifest.FanoutGraphFile }.OfType<string>())
        {
            RequireFile(Path.Combine(folder, graph));
        }

        FileInfo weights = new(Path.Combine(folder, manifest.WeightsFile));
        if (!weights.Exists)
        {
            throw new ModelFormatException($"{weights.FullName} is missing. Export the model again with `alora export`.");
        }

        return weights.Length == manifest.WeightsBytes
            ? manifest
            : throw new ModelFormatException(
                $"{weights.FullName} has {weights.Length:N0} bytes, but {ModelManifest.FileName} says {manifest.WeightsBytes:N0}. The "
                + "folder is incomplete; copy or export it again.");
    }

    private static void RequireFile(string graph)
    {
        if (!File.Exists(graph))
        {
            throw new ModelFormatException($"{graph} is missing. Export the model again with `alora export`.");
        }
    }
}
