using ALoRA.Onnx.Export.ModelFolders;

namespace ALoRA.Onnx.Export.Adapters.Peft;

/// <summary>An adapter as PEFT saves it: a folder with a configuration and weights.</summary>
internal sealed class PeftFolder : AdapterSource
{
    /// <summary>Name of the file of the weights.</summary>
    public const string WeightsFileName = "adapter_model.safetensors";

    private const string PickleFileName = "adapter_model.bin";

    private readonly SafetensorsFile _file;

    private PeftFolder(string folder, PeftAdapterConfig config, SafetensorsFile file)
        : base(folder)
    {
        Config = config;
        _file = file;
    }

    public override string WeightsPath => _file.Path;

    public override PeftAdapterConfig Config { get; }

    /// <exception cref="CheckpointFormatException">
    /// A file is missing or malformed, or asks for something that cannot be honoured.
    /// </exception>
    public static new PeftFolder Open(string path) => new(path, PeftConfigReader.Read(path), OpenWeights(path));

    public override IReadOnlyDictionary<string, CheckpointTensor> TensorsFor(ExportedModel model) => _file.Tensors;

    public override IEnumerable<PeftTensor> Outlines() =>
        _file.Tensors.Values.Select(tensor => new PeftTensor(tensor.Name, tensor.Encoding, tensor.Shape));

    public override void Dispose() => _file.Dispose();

    private static SafetensorsFile OpenWeights(string folder)
    {
        string path = Path.Combine(folder, WeightsFileName);
        if (File.Exists(path))
        {
            return SafetensorsFile.Open(path);
        }

        string pickle = Path.Combine(folder, PickleFileName);
        throw new CheckpointFormatException(File.Exists(pickle)
            ? $"{pickle}: expected {WeightsFileName}, got weights in Python's pickle format, which can run code. " +
              "Save the adapter again with safe_serialization."
            : $"{folder}: expected {WeightsFileName} beside {PeftAdapterConfig.FileName}, found none. " +
              "Copy the whole folder that PEFT's save_pretrained wrote.");
    }
}
