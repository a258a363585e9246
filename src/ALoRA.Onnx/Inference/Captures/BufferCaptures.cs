using ALoRA.Onnx.Adapters;
using ALoRA.Onnx.Adapters.Tables;
using ALoRA.Onnx.Caching;

namespace ALoRA.Onnx.Inference.Captures;

/// <summary>The captured runs over one cache's buffers, with which they are disposed. Not thread-safe, as the buffers.</summary>
internal sealed class BufferCaptures(CapturedRuns owner, ModelSession session, KvBuffers buffers) : IDisposable
{
    private readonly Dictionary<(AdapterWeights? Adapter, AdapterTable? Table, int Rows), CapturedRun> _runs = [];

    /// <summary>The run for an adapter, or for all of a table, and a number of rows.</summary>
    public CapturedRun Get(AdapterWeights? adapter, AdapterTable? table, int rows)
    {
        if (!_runs.TryGetValue((adapter, table, rows), out CapturedRun? run))
        {
            DropUnloaded();
            _runs[(adapter, table, rows)] = run = new CapturedRun(owner, session, buffers, adapter, table, rows);
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
        foreach ((AdapterWeights?, AdapterTable?, int) key in _runs.Keys
            .Where(key => key.Adapter is { IsDisposed: true } || key.Table is { IsDisposed: true })
            .ToArray())
        {
            _runs.Remove(key, out CapturedRun? run);
            run!.Dispose();
        }
    }
}
