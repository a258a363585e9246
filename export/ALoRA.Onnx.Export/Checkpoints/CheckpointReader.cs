using ALoRA.Onnx.Export.Checkpoints.HuggingFace;

namespace ALoRA.Onnx.Export.Checkpoints;

/// <summary>Opens checkpoints.</summary>
public static class CheckpointReader
{
    /// <summary>Opens a checkpoint and checks the headers of all its files.</summary>
    /// <param name="path">A folder with <c>config.json</c> and safetensors.</param>
    /// <returns>The open checkpoint; the caller disposes it.</returns>
    /// <exception cref="CheckpointFormatException">A file is malformed, or files do not belong together.</exception>
    /// <exception cref="IOException">The path does not exist or cannot be read.</exception>
    public static Checkpoint Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Directory.Exists(path)
            ? HuggingFaceFolder.Open(path)
            : throw new FileNotFoundException(
                $"No checkpoint at {path}: expected a folder with config.json and model.safetensors.", path);
    }
}
