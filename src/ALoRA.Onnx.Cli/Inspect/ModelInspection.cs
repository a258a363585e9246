using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Inspect;

/// <summary>What an exported model folder holds and how much memory it takes.</summary>
internal sealed record ModelInspection
{
    public required string Folder { get; init; }

    public required ModelManifest Manifest { get; init; }

    /// <summary>Files of the folder without the adapters, by name.</summary>
    public required IReadOnlyList<(string Name, long Bytes)> Files { get; init; }

    public required IReadOnlyList<AdapterInspection> Adapters { get; init; }

    /// <summary>Tokens that the figures of memory are for.</summary>
    public required int Context { get; init; }

    /// <summary>Keys and values of one token: 2 · layers · kv_heads · head_dim elements.</summary>
    public long CacheBytesPerToken =>
        2L * Manifest.LayerCount * Manifest.KeyValueHeads * Manifest.HeadDim * (Manifest.Precision.KvCache == "float32" ? 4 : 2);

    /// <summary>Keys and values of the whole context.</summary>
    public long CacheBytes => CacheBytesPerToken * Context;

    /// <summary>Weights, cache and all adapters; activations come on top of it while a prompt is computed.</summary>
    public long MemoryBytes => Manifest.WeightsBytes + CacheBytes + Adapters.Sum(adapter => adapter.Bytes);

    /// <summary>Reads a folder.</summary>
    /// <param name="folder">An exported model folder.</param>
    /// <param name="context">Tokens to compute the cache for; null for the model's longest context.</param>
    public static ModelInspection Read(string folder, int? context)
    {
        ModelManifest manifest = ModelManifest.Read(folder);
        if (context > manifest.MaxPositions)
        {
            throw new CommandFailedException(
                ExitCode.Usage, $"--context must be at most {manifest.MaxPositions}, the longest context of this model, got {context}.");
        }

        return new ModelInspection
        {
            Folder = folder,
            Manifest = manifest,
            Files = [.. new DirectoryInfo(folder)
                .EnumerateFiles()
                .OrderBy(file => file.Name, StringComparer.Ordinal)
                .Select(file => (file.Name, file.Length))],
            Adapters = ReadAdapters(Path.Combine(folder, "adapters")),
            Context = context ?? manifest.MaxPositions,
        };
    }

    private static List<AdapterInspection> ReadAdapters(string folder) => Directory.Exists(folder)
        ? [.. Directory.GetDirectories(folder)
            .Order(StringComparer.Ordinal)
            .Where(path => !Path.GetFileName(path).StartsWith('.'))
            .Select(AdapterInspection.Read)]
        : [];
}
