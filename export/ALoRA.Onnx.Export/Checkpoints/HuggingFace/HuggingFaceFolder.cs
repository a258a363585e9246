using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Export.Checkpoints.HuggingFace;

/// <summary>A folder in the layout of a Hugging Face repository.</summary>
internal static class HuggingFaceFolder
{
    public const string ConfigFile = "config.json";
    public const string WeightsFile = "model.safetensors";
    public const string IndexFile = "model.safetensors.index.json";

    public static bool HasWeights(string folder) =>
        File.Exists(Path.Combine(folder, WeightsFile)) || File.Exists(Path.Combine(folder, IndexFile));

    public static Checkpoint Open(string folder)
    {
        string configPath = Path.Combine(folder, ConfigFile);
        if (!File.Exists(configPath))
        {
            throw new CheckpointFormatException($"{folder} has no {ConfigFile}. Expected the folder of a Hugging Face checkpoint, or " +
                "one with a GGUF file.");
        }

        JsonObject config = JsonFiles.ReadObject(configPath);
        Dictionary<string, ReadOnlyMemory<byte>> companions = CompanionFileReader.Read(folder);
        List<SafetensorsFile> files = [];
        try
        {
            return new Checkpoint(folder, files)
            {
                Name = NameOf(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))),
                Config = config,
                Tensors = OpenWeights(folder, files),
                CompanionFiles = companions,
            };
        }
        catch
        {
            files.ForEach(file => file.Dispose());
            throw;
        }
    }

    // In the hub's cache a folder has the name of its commit, models--ORGANISATION--MODEL/snapshots/COMMIT, which says nothing.
    private static string NameOf(string folder)
    {
        const string Models = "models--";
        string? snapshots = Path.GetDirectoryName(folder);
        string repository = Path.GetFileName(Path.GetDirectoryName(snapshots)) ?? "";
        return Path.GetFileName(snapshots) == "snapshots" && repository.StartsWith(Models, StringComparison.Ordinal)
            ? repository[Models.Length..].Replace("--", "/", StringComparison.Ordinal)
            : Path.GetFileName(folder);
    }

    private static IReadOnlyDictionary<string, CheckpointTensor> OpenWeights(string folder, List<SafetensorsFile> files)
    {
        string weights = Path.Combine(folder, WeightsFile);
        if (File.Exists(weights))
        {
            files.Add(SafetensorsFile.Open(weights));
            return files[0].Tensors;
        }

        string index = Path.Combine(folder, IndexFile);
        if (File.Exists(index))
        {
            return ShardIndex.Read(index).OpenShards(folder, files);
        }

        string found = string.Join(", ", Directory.EnumerateFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        throw new CheckpointFormatException(
            $"{folder} has no weights: expected {WeightsFile} or {IndexFile} with its shards, got {found}. " +
            "A checkpoint in another form (as pytorch_model.bin) has to be converted to safetensors first.");
    }
}
