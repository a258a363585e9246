using ALoRA.Onnx.Adapters;
using ALoRA.Onnx.Caching;

namespace ALoRA.Onnx.Inference.Captures;

/// <summary>The captured runs over one cache's buffers, with which they are disposed. Not thread-safe, as the buffers.</summary>
internal sealed class BufferCaptures(CapturedRuns owner, ModelSession session, KvBuffers buffers) : IDisposable
{
    private readonly Dictionary<(AdapterWeights? Adapter, int Rows), CapturedRun> _runs = [];

    /// <summary>The run for an adapter and a number of rows.</summary>
    public CapturedRun Get(AdapterWeights? adapter, int rows)
    {
        if (!_runs.TryGetValue((adapter, rows), out CapturedRun? run))
        {
            DropUnloaded();
            _runs[(adapter, rows)] = run = new CapturedRun(owner, session, buffers, adapter, rows);
        }

        return run;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (CapturedRun run in _runs.Values)
        {
            run.Dispose();
        }

        _runs.Clear();
    }

    private void DropUnloaded()
    {
        foreach ((AdapterWeights? adapter, int rows) in _runs.Keys.Where(key => key.Adapter is { IsDisposed: true }).ToArray())
        {
            _runs.Remove((adapter, rows), out CapturedRun? run);
            run!.Dispose();
        }
    }
}
