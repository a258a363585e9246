using System.Text.Json;
using ALoRA.Onnx.Export.Architectures;
using ALoRA.Onnx.Export.Output;
using ALoRA.Onnx.Export.Settings;

namespace ALoRA.Onnx.Export.ModelFolders;

/// <summary>
/// What the adapter converter needs to know of an exported model: from the export's own manifest, or read from <c>alora_config.json</c>.
/// </summary>
internal sealed class ExportedModel
{
    private const int SupportedFormat = 1;

    /// <summary>The model folder.</summary>
    public required string Folder { get; init; }

    /// <summary>The checkpoint's <c>model_type</c>.</summary>
    public required string Architecture { get; init; }

    /// <summary>Name of the checkpoint's folder or file.</summary>
    public required string Name { get; init; }

    /// <summary>Number of decoder layers.</summary>
    public required int LayerCount { get; init; }

    /// <summary>Number of token ids.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Elements of an attention head.</summary>
    public required int HeadSize { get; init; }

    /// <summary>The checkpoint behind the folder.</summary>
    public required BaseIdentity Base { get; init; }

    /// <summary>Element type of the graph's activations and LoRA tensors.</summary>
    public required ActivationType Activations { get; init; }

    /// <summary>Whether the groups take a bias behind the mask.</summary>
    public required bool HasAdapterBias { get; init; }

    /// <summary>The groups that take LoRA tensors, the same in every layer.</summary>
    public required IReadOnlyList<AdapterGroup> AdapterGroups { get; init; }

    /// <summary>The model that an export is making in <paramref name="folder"/>.</summary>
    public static ExportedModel Of(Manifest manifest, string folder) => new()
    {
        Folder = folder,
        Architecture = manifest.Blueprint.Architecture,
        Name = manifest.Name,
        LayerCount = manifest.Blueprint.Layers.Count,
        VocabularySize = manifest.Blueprint.VocabSize,
        HeadSize = manifest.Blueprint.HeadSize,
        Base = manifest.Base,
        Activations = manifest.Precision.Activations,
        HasAdapterBias = manifest.HasAdapterBias,
        AdapterGroups = manifest.AdapterGroups,
    };

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
            return Read(folder, document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new CheckpointFormatException(
                $"{path}: expected JSON in valid UTF-8, got an error ({e.Message}). Export the checkpoint again.", e);
        }
    }

    private static ExportedModel Read(string folder, JsonElement manifest)
    {
        ManifestReader reader = new(Path.Combine(folder, ModelFolderFiles.Manifest));
        int format = reader.Int32(manifest, "format");
        if (format != SupportedFormat)
        {
            throw reader.Error("format", $"{SupportedFormat}", $"{format}", "Export the model again with this version of the exporter");
        }

        return new ExportedModel
        {
            Folder = folder,
            Architecture = reader.String(manifest, "architecture"),
            Name = reader.String(manifest, "name"),
            LayerCount = reader.Int32(manifest, "num_hidden_layers"),
            VocabularySize = reader.Int32(manifest, "vocab_size"),
            HeadSize = reader.Int32(manifest, "head_dim"),
            Base = ReadBase(reader, reader.Object(manifest, "base")),
            Activations = ReadActivations(reader, reader.Object(manifest, "precision")),
            HasAdapterBias = manifest.TryGetProperty("adapter_bias", out JsonElement bias) && bias.ValueKind == JsonValueKind.True,
            AdapterGroups = [.. reader.Array(manifest, "adapter_groups").Select(group => ReadGroup(reader, group))],
        };
    }

    private static BaseIdentity ReadBase(ManifestReader reader, JsonElement identity) =>
        new(reader.String(identity, "name_or_path"), reader.String(identity, "fingerprint"));

    private static ActivationType ReadActivations(ManifestReader reader, JsonElement precision)
    {
        string name = reader.String(precision, "activations");
        return ActivationTypeNames.TryParse(name, out ActivationType type)
            ? type
            : throw reader.Error("precision.activations", "float32, float16 or bfloat16", $"'{name}'");
    }

    private static AdapterGroup ReadGroup(ManifestReader reader, JsonElement group) => new(
        reader.String(group, "name"),
        reader.String(group, "prefix"),
        reader.Int32(group, "input_size"),
        [.. reader.Array(group, "outputs").Select(
            output => new AdapterGroupOutput(reader.String(output, "module"), reader.Int32(output, "size")))]);
}
