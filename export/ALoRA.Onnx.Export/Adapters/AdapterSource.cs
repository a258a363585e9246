using ALoRA.Onnx.Export.Adapters.Gguf;
using ALoRA.Onnx.Export.Adapters.Peft;
using ALoRA.Onnx.Export.Checkpoints.Gguf;
using ALoRA.Onnx.Export.ModelFolders;

namespace ALoRA.Onnx.Export.Adapters;

/// <summary>An adapter to convert, in PEFT's form or in llama.cpp's.</summary>
internal sealed class AdapterSource : IDisposable
{
    private readonly SafetensorsFile? _file;
    private readonly GgufAdapter? _gguf;

    private AdapterSource(string? folder, string weightsPath, PeftAdapterConfig config, SafetensorsFile? file, GgufAdapter? gguf)
    {
        Folder = folder;
        WeightsPath = weightsPath;
        Config = config;
        _file = file;
        _gguf = gguf;
    }

    /// <summary>The adapter's folder; null for a GGUF file named by itself.</summary>
    public string? Folder { get; }

    /// <summary>The file of the tensors.</summary>
    public string WeightsPath { get; }

    public PeftAdapterConfig Config { get; }

    /// <summary>Opens a PEFT folder, a GGUF file, or a folder with one GGUF file.</summary>
    /// <exception cref="CheckpointFormatException">A file is missing or malformed, or asks for something that cannot be honoured.</exception>
    public static AdapterSource Open(string path)
    {
        if (File.Exists(path))
        {
            return OpenGguf(null, path);
        }

        if (Directory.Exists(path) && !File.Exists(Path.Combine(path, PeftAdapterConfig.FileName)) && GgufModelFiles.FindIn(path) is { } file)
        {
            return OpenGguf(path, file);
        }

        PeftAdapterConfig config = PeftConfigReader.Read(path);
        SafetensorsFile tensors = PeftWeights.Open(path);
        return new AdapterSource(path, tensors.Path, config, tensors, null);
    }

    /// <summary>The name by default: that of the folder or file.</summary>
    public static string NameOf(string path, string parameter) =>
        Path.GetExtension(path).Equals(GgufModelFiles.Extension, StringComparison.OrdinalIgnoreCase) && !Directory.Exists(path)
            ? AdapterName.Check(Path.GetFileNameWithoutExtension(path), parameter)
            : AdapterName.FromFolder(path, parameter);

    /// <summary>All tensors by the names that PEFT gives them.</summary>
    /// <exception cref="CheckpointFormatException">They are for another architecture than the model's.</exception>
    public IReadOnlyDictionary<string, CheckpointTensor> TensorsFor(ExportedModel model)
    {
        if (_gguf is null)
        {
            return _file!.Tensors;
        }

        // llama.cpp stores Mistral as Llama.
        string expected = model.Architecture == "mistral" ? "llama" : model.Architecture;
        return _gguf.Architecture.ModelType == expected
            ? _gguf.Tensors(model.HeadSize)
            : throw new CheckpointFormatException(
                $"{WeightsPath}: 'general.architecture': expected an adapter for '{model.Name}', whose architecture is {model.Architecture}, got " +
                $"'{_gguf.Architecture.Name}'. Convert the adapter for the base that it was trained on.");
    }

    /// <summary>All tensors by the names that PEFT gives them, as they lie in the file.</summary>
    public IEnumerable<PeftTensor> Outlines() =>
        _gguf?.Outlines() ?? _file!.Tensors.Values.Select(tensor => new PeftTensor(tensor.Name, tensor.Encoding, tensor.Shape));

    public void Dispose()
    {
        _file?.Dispose();
        _gguf?.Dispose();
    }

    private static AdapterSource OpenGguf(string? folder, string file)
    {
        GgufAdapter gguf = GgufAdapter.Open(file);
        return new AdapterSource(folder, file, gguf.Config, null, gguf);
    }
}
