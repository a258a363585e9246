using System.Text.Json.Serialization;

namespace ALoRA.Onnx.Cli.Inspect;

/// <summary>What <c>alora inspect --json</c> prints of a model.</summary>
internal sealed record InspectionJson
{
    public required string Name { get; init; }

    public required string Architecture { get; init; }

    public required string Base { get; init; }

    public required string Fingerprint { get; init; }

    public required int NumHiddenLayers { get; init; }

    public required int HiddenSize { get; init; }

    public required int NumAttentionHeads { get; init; }

    public required int NumKeyValueHeads { get; init; }

    public required int HeadDim { get; init; }

    public required int VocabSize { get; init; }

    public required int MaxPositionEmbeddings { get; init; }

    public required string Precision { get; init; }

    /// <summary>Left out where the manifest does not say.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Parameters { get; init; }

    /// <summary>What the folder's operators for adapters are for; left out where it has none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Operators { get; init; }

    public required int Context { get; init; }

    public required MemoryJson Memory { get; init; }

    public required IEnumerable<FileJson> Files { get; init; }

    public required IReadOnlyList<AdapterInspection> Adapters { get; init; }

    public static InspectionJson Of(ModelInspection model)
    {
        ModelManifest manifest = model.Manifest;
        return new InspectionJson
        {
            Name = manifest.Name,
            Architecture = manifest.Architecture,
            Base = manifest.Base.NameOrPath,
            Fingerprint = manifest.Base.Fingerprint,
            NumHiddenLayers = manifest.LayerCount,
            HiddenSize = manifest.HiddenSize,
            NumAttentionHeads = manifest.AttentionHeads,
            NumKeyValueHeads = manifest.KeyValueHeads,
            HeadDim = manifest.HeadDim,
            VocabSize = manifest.VocabularySize,
            MaxPositionEmbeddings = manifest.MaxPositions,
            Precision = manifest.Precision.Name,
            Parameters = manifest.Parameters,
            Operators = manifest.OperatorProvider,
            Context = model.Context,
            Memory = new MemoryJson(
                manifest.WeightsBytes,
                model.CacheBytes,
                model.CacheBytesPerToken,
                model.Adapters.Sum(adapter => adapter.Bytes),
                model.MemoryBytes),
            Files = model.Files.Select(file => new FileJson(file.Name, file.Bytes)),
            Adapters = model.Adapters,
        };
    }
}

/// <summary>Memory of a model at its context.</summary>
internal sealed record MemoryJson(long WeightsBytes, long KvCacheBytes, long KvCacheBytesPerToken, long AdapterBytes, long TotalBytes);

/// <summary>A file of a model folder.</summary>
internal sealed record FileJson(string Name, long Bytes);
