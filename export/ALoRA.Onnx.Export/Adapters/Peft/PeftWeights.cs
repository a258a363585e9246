namespace ALoRA.Onnx.Export.Adapters.Peft;

/// <summary>Opens the weights of an adapter folder.</summary>
internal static class PeftWeights
{
    /// <summary>Name of the file in an adapter's folder.</summary>
    public const string FileName = "adapter_model.safetensors";

    private const string PickleFileName = "adapter_model.bin";

    /// <exception cref="CheckpointFormatException">The file is missing or malformed.</exception>
    public static SafetensorsFile Open(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (File.Exists(path))
        {
            return SafetensorsFile.Open(path);
        }

        string pickle = Path.Combine(folder, PickleFileName);
        throw new CheckpointFormatException(File.Exists(pickle)
            ? $"{pickle}: expected {FileName}, got weights in Python's pickle format, which can run code. Save the adapter again with safe_serialization."
            : $"{folder}: expected {FileName} beside {PeftAdapterConfig.FileName}, found none. Copy the whole folder that PEFT's save_pretrained wrote.");
    }
}
