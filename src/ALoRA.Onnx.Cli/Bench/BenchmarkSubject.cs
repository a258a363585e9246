using System.Diagnostics;

namespace ALoRA.Onnx.Cli.Bench;

/// <summary>A model that is measured, and what was found out about it so far.</summary>
internal sealed class BenchmarkSubject(string folder, AloraModelOptions options) : IAsyncDisposable
{
    private readonly List<Measurement> _measurements = [];
    private AloraModel? _model;
    private DecodeTraffic? _traffic;
    private long _mostCacheBytes;

    /// <summary>The model's folder.</summary>
    public string Folder { get; } = folder;

    /// <summary>The open model.</summary>
    public AloraModel Model => _model ?? throw new InvalidOperationException($"{Folder} is not open.");

    /// <summary>Whether the processor computes, from memory whose bandwidth can be measured.</summary>
    public bool IsOnProcessor => Model.ExecutionProvider == ExecutionProvider.Cpu.Name;

    /// <summary>What a token has to read.</summary>
    public DecodeTraffic Traffic => _traffic ??= DecodeTraffic.Read(Folder, Model.Manifest);

    /// <summary>Opens the model.</summary>
    /// <returns>Milliseconds that it took.</returns>
    public async Task<double> OpenAsync(CancellationToken cancellationToken)
    {
        await DisposeAsync();
        long started = Stopwatch.GetTimestamp();
        _model = await AloraModel.OpenAsync(Folder, options, cancellationToken);
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    /// <summary>Opens the model for the first time, to see how much memory that takes in the process.</summary>
    public async Task MeasureMemoryAsync(CancellationToken cancellationToken)
    {
        long before = Environment.WorkingSet;
        await OpenAsync(cancellationToken);
        Add(new Measurement(Figures.Resident, 0, Units.Megabytes, [Units.ToMegabytes(Environment.WorkingSet - before)]));
    }

    public void Add(Measurement measurement) => _measurements.Add(measurement);

    /// <summary>What was measured at a context; null if nothing was.</summary>
    public Measurement? Find(string name, int context) =>
        _measurements.SingleOrDefault(measurement => measurement.Name == name && measurement.Context == context);

    /// <summary>Records how large a conversation's cache became.</summary>
    public void AddCache(long bytes) => _mostCacheBytes = Math.Max(_mostCacheBytes, bytes);

    /// <summary>
    /// Sets the decode that was measured at a context against what the memory gives,
    /// run by run; where that was not measured, tells what the decode reads.
    /// </summary>
    public void AddDecodeTraffic(int context)
    {
        double gigabytes = Traffic.BytesAt(context + (BenchmarkPlan.DecodeTokens / 2)) / 1e9;
        double[] read = [.. Find(Figures.Decode, context)!.Values.Select(rate => rate * gigabytes)];
        Add(Find(Figures.MemoryRead, context) is { } memory
            ? new Measurement(
                Figures.DecodeShare, context, Units.Percent, [.. read.Zip(memory.Values, (used, given) => 100 * used / given)])
            : new Measurement(Figures.DecodeRead, context, Units.GigabytesPerSecond, read));
    }

    /// <summary>Records the memory of what was allocated for the model so far.</summary>
    public void AddAllocated()
    {
        long adapters = Model.Adapters.LoadedNames.Sum(name => Model.Adapters.Get(name).Bytes);
        int longest = _measurements.Max(measurement => measurement.Context);
        Add(new Measurement(
            Figures.Allocated, longest, Units.Megabytes, [Units.ToMegabytes(Model.Manifest.WeightsBytes + _mostCacheBytes + adapters)]));
    }

    /// <summary>What was measured, figure by figure.</summary>
    public BenchmarkedModel Result()
    {
        string[] names =
        [
            Figures.Resident, Figures.Open, Figures.Prefill,
            .. _measurements.Select(measurement => measurement.Name).Distinct(StringComparer.Ordinal),
        ];
        Measurement[] sorted = [.. _measurements.OrderBy(measurement => Array.IndexOf(names, measurement.Name))];
        return new BenchmarkedModel(Folder, Model.Manifest, Model.ExecutionProvider, Model.IntraOpThreads, Traffic.WeightsBytes, sorted);
    }

    public async ValueTask DisposeAsync()
    {
        if (_model is { } model)
        {
            _model = null;
            await model.DisposeAsync();
        }
    }
}
