using ALoRA.Onnx.Export;
using ALoRA.Onnx.Export.Adapters.Peft;
using ALoRA.Onnx.Training.Graphs;

namespace ALoRA.Onnx.Training.Tests.Graphs;

/// <summary>A checkpoint that was exported for a test, its runtime, and sequences at random.</summary>
internal sealed class TrainedFolder : IAsyncDisposable
{
    private readonly TemporaryFolder _temporary = new();
    private readonly Random _random = new(7);

    private TrainedFolder()
    {
    }

    public string Path => _temporary["model"];

    public AloraModel Model { get; private set; } = null!;

    public static async Task<TrainedFolder> ExportAsync(string checkpoint, ExportOptions? options = null)
    {
        TrainedFolder folder = new();
        await Exporter.ExportAsync(checkpoint, folder.Path, options ?? new ExportOptions());
        folder.Model = await AloraModel.OpenAsync(
            folder.Path, new AloraModelOptions { ExecutionProvider = ExecutionProvider.Cpu, IntraOpThreads = 1 });
        return folder;
    }

    /// <summary>Targets as an <c>adapter_config.json</c> would name them.</summary>
    public static TrainingTargets Targets(ModuleNames? names = null, bool hasBias = false) => new(new PeftAdapterConfig
    {
        FilePath = "adapter_config.json",
        Rank = 4,
        Alpha = 6,
        RankStabilized = false,
        LoraBias = hasBias,
        Targets = names ?? new ModuleNames(null, "all-linear"),
        LayersPatterns = [],
        RankPattern = [KeyValuePair.Create("v_proj", 2), KeyValuePair.Create("layers.1.mlp.up_proj", 7)],
        AlphaPattern = [KeyValuePair.Create("k_proj", 3.0)],
        InvocationTokens = [5],
        Warnings = [],
    });

    /// <summary>Opens a session whose parameters are numbers at random.</summary>
    public TrainingSession Open(TrainingTargets? targets = null, TrainingSessionOptions? options = null)
    {
        TrainingSession session = TrainingSession.Open(Path, targets ?? Targets(), (options ?? new()) with { Threads = 1 });
        Random random = new(3);
        foreach (TrainedTensor tensor in session.Tensors)
        {
            foreach (ref float value in tensor.Values.AsSpan())
            {
                value = ((random.NextSingle() * 2) - 1) * 0.1f;
            }
        }

        return session;
    }

    /// <summary>A sequence of which the last ids have labels, but for one: whole, and behind its prefix.</summary>
    public (TrainingRow Whole, TrainingRow Cached) Row(int prefix, int suffix, int labels)
    {
        int[] ids = [.. Enumerable.Range(0, prefix + suffix).Select(_ => _random.Next(Model.Manifest.VocabularySize))];
        int[] targets = [.. ids.Select((id, i) => i >= ids.Length - labels && i != ids.Length - 2 ? id : TrainingRow.NoLabel)];
        TrainingRow whole = new(ids, targets, Prefix: null, prefix);
        return (whole, new TrainingRow(
            ids.AsMemory(prefix), targets.AsMemory(prefix),
            prefix == 0 ? null : PrefixRows.Compute(Model.Loaded.Session, ids, prefix, CancellationToken.None)));
    }

    public static MicroBatch Batch(params TrainingRow[] rows) => new(rows, rows.Sum(row => row.LabelCount));

    public async ValueTask DisposeAsync()
    {
        await Model.DisposeAsync();
        _temporary.Dispose();
    }
}
