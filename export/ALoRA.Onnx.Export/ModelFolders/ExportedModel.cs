using System.Text.Json;
using ALoRA.Onnx.Export.Architectures;
using ALoRA.Onnx.Export.Output;
using ALoRA.Onnx.Export.Settings;

namespace ALoRA.Onnx.Export.ModelFolders;

/// <summary>What the adapter converter needs to know of an exported model: the export side's reader of <c>alora_config.json</c>.</summary>
internal sealed class ExportedModel
{
    private const int SupportedFormat = 1;

    private ExportedModel(string folder, JsonElement manifest)
    {
        ManifestReader reader = new(Path.Combine(folder, ModelFolderFiles.Manifest));
        int format = reader.Int32(manifest, "format");
        if (format != SupportedFormat)
        {
            throw reader.Error("format", $"{SupportedFormat}", $"{format}", "Export the model again with this version of the exporter");
        }

        Folder = folder;
        Architecture = reader.String(manifest, "architecture");
        Name = reader.String(manifest, "name");
        LayerCount = reader.Int32(manifest, "num_hidden_layers");
        VocabularySize = reader.Int32(manifest, "vocab_size");
        HeadSize = reader.Int32(manifest, "head_dim");
        JsonElement baseModel = reader.Object(manifest, "base");
        Base = new BaseIdentity(reader.String(baseModel, "name_or_path"), reader.String(baseModel, "fingerprint"));
        string activations = reader.String(reader.Object(manifest, "precision"), "activations");
        Activations = ActivationTypeNames.TryParse(activations, out ActivationType type)
            ? type
            : throw reader.Error("precision.activations", "float32, float16 or bfloat16", $"'{activations}'");
        HasAdapterBias = manifest.TryGetProperty("adapter_bias", out JsonElement bias) && bias.ValueKind == JsonValueKind.True;
        AdapterGroups = [.. reader.Array(manifest, "adapter_groups").Select(group => ReadGroup(reader, group))];
    }

    /// <summary>The model folder.</summary>
    public string Folder { get; }

    /// <summary>The checkpoint's <c>model_type</c>.</summary>
    public string Architecture { get; }

    /// <summary>Name of the checkpoint's folder or file.</summary>
    public string Name { get; }

    /// <summary>Number of decoder layers.</summary>
    public int LayerCount { get; }

    /// <summary>Number of token ids.</summary>
    public int VocabularySize { get; }

    /// <summary>Elements of an attention head.</summary>
    public int HeadSize { get; }

    /// <summary>The checkpoint behind the folder.</summary>
    public BaseIdentity Base { get; }

    /// <summary>Element type of the graph's activations and LoRA tensors.</summary>
    public ActivationType Activations { get; }

    /// <summary>Whether the groups take a bias behind the mask.</summary>
    public bool HasAdapterBias { get; }

    /// <summary>The groups that take LoRA tensors, the same in every layer.</summary>
    public IReadOnlyList<AdapterGroup> AdapterGroups { get; }

    /// <summary>Reads the manifest of a model folder.</summary>
    /// <exception cref="CheckpointFormatException">The folder has no manifest, or the manifest is not one of format 1.</exception>
    public static ExportedModel Open(string folder)
    {
        string path = Path.Combine(folder, ModelFolderFiles.Manifest);
        if (!File.Exists(path))
        {
            throw new CheckpointFormatException(
                $"{folder}: expected an exported model folder with {ModelFolderFiles.Manifest}, found none. Export the checkpoint first.");
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            return new ExportedModel(folder, document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new CheckpointFormatException($"{path}: expected JSON in valid UTF-8, got an error ({e.Message}). Export the checkpoint again.", e);
        }
    }

    private static AdapterGroup ReadGroup(ManifestReader reader, JsonElement group) => new(
        reader.String(group, "name"),
        reader.String(group, "prefix"),
        reader.Int32(group, "input_size"),
        [.. reader.Array(group, "outputs").Select(output => new AdapterGroupOutput(reader.String(output, "module"), reader.Int32(output, "size")))]);
}
