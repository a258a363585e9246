using System.Text.Json.Nodes;
using ALoRA.Onnx.Export.Checkpoints.Gguf.Architectures;
using ALoRA.Onnx.Export.Checkpoints.Gguf.Tokenizers;

namespace ALoRA.Onnx.Export.Checkpoints.Gguf;

/// <summary>Opens a GGUF model as the Hugging Face checkpoint it was made from.</summary>
internal static class GgufCheckpoint
{
    /// <param name="path">The file or a part of its split.</param>
    /// <param name="companions">Files that lie beside it and stand above what the metadata gives.</param>
    /// <param name="checkpointPath">The path to show as the checkpoint's.</param>
    public static Checkpoint Open(string path, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> companions, string checkpointPath)
    {
        IReadOnlyList<GgufFile> files = GgufModelFiles.Open(path);
        try
        {
            GgufMetadata metadata = new(files[0].Path, files[0].Metadata);
            GgufArchitecture architecture = GgufArchitectures.Find(metadata);
            Dictionary<string, CheckpointTensor> stored = Merge(files);
            GgufVocabulary vocabulary = new(metadata);
            GgufConfigReader configReader = new(metadata, architecture, stored, vocabulary);
            JsonObject config = configReader.Read();
            return new Checkpoint(checkpointPath, files)
            {
                Name = GgufModelFiles.NameOf(path),
                Config = config,
                Tensors = new GgufTensorMap(metadata, architecture, configReader.LayerCount, configReader.HeadSize).Map(stored),
                CompanionFiles = GgufCompanionFiles.Make(metadata, vocabulary, companions),
                UnknownKeys = [.. GgufKnownKeys.FindUnknown(metadata, architecture)],
                Warnings = vocabulary.Warnings,
            };
        }
        catch
        {
            foreach (GgufFile file in files)
            {
                file.Dispose();
            }

            throw;
        }
    }

    private static Dictionary<string, CheckpointTensor> Merge(IReadOnlyList<GgufFile> files)
    {
        Dictionary<string, CheckpointTensor> tensors = new(StringComparer.Ordinal);
        foreach (GgufFile file in files)
        {
            foreach ((string name, CheckpointTensor tensor) in file.Tensors)
            {
                if (!tensors.TryAdd(name, tensor))
                {
                    throw new CheckpointFormatException(
                        $"{file.Path} holds the tensor '{name}', which an earlier part holds as well. Download the parts again, all " +
                        "from one revision.");
                }
            }
        }

        return tensors;
    }
}
