using ALoRA.Onnx.Adapters;
using ALoRA.Onnx.Adapters.Tables;
using ALoRA.Onnx.Caching;
using ALoRA.Onnx.Models;

namespace ALoRA.Onnx.Inference.Captures;

/// <summary>
/// Runs of a few rows on a device: decode steps, and the tokens that an intrinsic puts behind a conversation. The device computes them
/// faster than the processor launches their kernels, so that each kind of run is captured once and replayed from then on. Thread-safe.
/// </summary>
/// <remarks>
/// <para>
/// A captured run has fixed shapes and addresses: those of the cache's buffers, of the adapter or a table of
/// adapters, and of its inputs. Rows are padded to one of a few numbers; the surplus stands behind the tokens,
/// where none of them attends to it, and is overwritten by the next run.
/// </para>
/// <para>CUDA graphs: ONNX Runtime's provider option <c>enable_cuda_graph</c> and run option <c>gpu_graph_id</c>.</para>
/// </remarks>
/// <param name="graphs">The graphs to run.</param>
/// <param name="session">Counts the runs.</param>
internal sealed class CapturedRuns(StepGraphs graphs, ModelSession session)
{
    /// <summary>Most rows that a run writes behind those of its tokens.</summary>
    public const int MostSurplus = 31;

    // ONNX Runtime keeps a captured run until its session is closed.
    private const int MostCaptures = 512;

    private static readonly int[] Sizes = [1, 8, 16, 32];

    private int _captures;

    /// <summary>The graphs to run.</summary>
    public StepGraphs Graphs => graphs;

    /// <summary>Computes rows behind the cache's valid ones. The caller advances the cache.</summary>
    /// <param name="cache">The cache, with room for the rows.</param>
    /// <param name="adapter">The adapter; null for the base.</param>
    /// <param name="slot">Its place in a table, for runs that all adapters of the table share; null for a run of its own.</param>
    /// <param name="tokens">The ids, at least one.</param>
    /// <param name="adaptedFrom">Index of the first adapted row. Not read for the base.</param>
    /// <param name="logits">Where the logits of the last row go, one row; null if nobody wants them.</param>
    /// <returns>Whether it was done: there are few enough rows, and room for their surplus.</returns>
    public bool TryRun(
        KvCache cache, AdapterWeights? adapter, AdapterSlot? slot, ReadOnlySpan<int> tokens, int adaptedFrom, LogitsBuffer? logits)
    {
        int count = tokens.Length;
        int size = Array.Find(Sizes, size => size >= count);
        if (size == 0 || cache.Length + size > cache.Capacity)
        {
            return false;
        }

        KvBuffers buffers = cache.Buffers;
        if (buffers.Companion is not BufferCaptures captures)
        {
            buffers.Companion = captures = new BufferCaptures(this, session, buffers);
        }

        captures.Get(slot is null ? adapter : null, slot?.Table, size).Run(tokens, cache.Length, adaptedFrom, slot?.Index ?? 0, logits);
        session.CountRun(tokens.Length);
        return true;
    }

    /// <summary>A number for a run to be captured; null if there are too many already.</summary>
    public int? TryTakeCapture()
    {
        int taken = Interlocked.Increment(ref _captures);
        return taken <= MostCaptures ? taken : null;
    }
}
