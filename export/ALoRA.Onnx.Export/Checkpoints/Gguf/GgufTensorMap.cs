using ALoRA.Onnx.Export.Checkpoints.Gguf.Architectures;

namespace ALoRA.Onnx.Export.Checkpoints.Gguf;

/// <summary>Gives the tensors of a GGUF model their Hugging Face names, row order and values.</summary>
internal sealed class GgufTensorMap(GgufMetadata metadata, GgufArchitecture architecture, int layerCount, int headSize)
{
    public IReadOnlyDictionary<string, CheckpointTensor> Map(IReadOnlyDictionary<string, CheckpointTensor> tensors)
    {
        Dictionary<string, CheckpointTensor> mapped = new(tensors.Count, StringComparer.Ordinal);
        List<string> unknown = [];
        foreach ((string name, CheckpointTensor tensor) in tensors)
        {
            if (GgufRopeReader.IsSetting(name))
            {
                continue;
            }

            if (HuggingFaceName(name) is { } newName)
            {
                mapped.Add(newName, Convert(name, newName, tensor));
            }
            else
            {
                unknown.Add(name);
            }
        }

        return unknown.Count == 0
            ? mapped
            : throw metadata.Error(
                $"the architecture '{architecture.Name}' has no place for the tensors {NameList.Format(unknown)}", "Export another model");
    }

    private string? HuggingFaceName(string name)
    {
        int dot = name.LastIndexOf('.');
        if (dot < 0 || name[dot..] is not (".weight" or ".bias"))
        {
            return null;
        }

        string? module = architecture.ModuleOf(name[..dot], layerCount);
        return module is null ? null : module + name[dot..];
    }

    private CheckpointTensor Convert(string name, string newName, CheckpointTensor tensor)
    {
        string module = name[..name.LastIndexOf('.')];
        if (architecture.InterleavesRowsOf(module))
        {
            return tensor.WithInterleavedRows(newName, headSize)
                ?? throw metadata.Error(
                    $"the tensor '{name}' of shape [{string.Join(", ", tensor.Shape)}] is not a whole number of heads of {headSize} rows",
                    "Convert the model again");
        }

        if (architecture.AddsOneToNorms && module.EndsWith("norm", StringComparison.Ordinal))
        {
            return tensor.Encoding == TensorEncoding.F32
                ? tensor.WithShift(newName, -1)
                : throw metadata.Error(
                    $"the norm '{name}' is stored as {tensor.Encoding.FormatName()}; expected F32",
                    "Convert the model again");
        }

        return tensor.WithName(newName);
    }
}
