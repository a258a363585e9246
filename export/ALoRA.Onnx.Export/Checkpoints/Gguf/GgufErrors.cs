namespace ALoRA.Onnx.Export.Checkpoints.Gguf;

/// <summary>The sentence around every finding about a GGUF container.</summary>
internal static class GgufErrors
{
    public static CheckpointFormatException Malformed(string path, string problem, Exception? inner = null) => new(
        $"{path} is not a valid GGUF file: {problem}. Download or convert the file again.", inner!);
}
