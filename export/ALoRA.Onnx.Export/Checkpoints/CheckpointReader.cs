using ALoRA.Onnx.Export.Checkpoints.Gguf;
using ALoRA.Onnx.Export.Checkpoints.HuggingFace;

namespace ALoRA.Onnx.Export.Checkpoints;

/// <summary>Opens checkpoints.</summary>
internal static class CheckpointReader
{
    /// <summary>Opens a checkpoint and checks the headers of all its files.</summary>
    /// <remarks>
    /// A folder with safetensors is read as a Hugging Face checkpoint. In a folder with one GGUF model (a file, or the parts of a split),
    /// tokenizer and template files that lie beside it stand above those made from its metadata.
    /// </remarks>
    /// <param name="path">A folder with <c>config.json</c> and safetensors, a folder with one GGUF model, or a <c>.gguf</c> file.</param>
    /// <returns>The open checkpoint; the caller disposes it.</returns>
    /// <exception cref="CheckpointFormatException">A file is malformed, or files do not belong together.</exception>
    /// <exception cref="IOException">The path does not exist or cannot be read.</exception>
    public static Checkpoint Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (File.Exists(path))
        {
            return Path.GetExtension(path).Equals(GgufModelFiles.Extension, StringComparison.OrdinalIgnoreCase)
                ? GgufCheckpoint.Open(path, new Dictionary<string, ReadOnlyMemory<byte>>(), path)
                : throw new CheckpointFormatException($"{path} is not a checkpoint: expected a {GgufModelFiles.Extension} file or the " +
                    "folder of a checkpoint.");
        }

        if (!Directory.Exists(path))
        {
            throw new FileNotFoundException(
                $"No checkpoint at {path}: expected a folder with config.json and safetensors, or a {GgufModelFiles.Extension} " +
                "file.", path);
        }

        return !HuggingFaceFolder.HasWeights(path) && GgufModelFiles.FindIn(path) is { } model
            ? GgufCheckpoint.Open(model, CompanionFileReader.Read(path), path)
            : HuggingFaceFolder.Open(path);
    }
}
