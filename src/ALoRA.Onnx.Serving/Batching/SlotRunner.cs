using ALoRA.Onnx.Adapters.Tables;
using ALoRA.Onnx.Caching;
using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Serving.Bindings;
using ALoRA.Onnx.Serving.Requests;
using ALoRA.Onnx.Serving.Slots;

namespace ALoRA.Onnx.Serving.Batching;

/// <summary>
/// Computes rows of many requests in one run, whatever their slots, lengths and adapters, by operators of our own. Not thread-safe.
/// Allocates only when requests or adapters are others than in the steps before.
/// </summary>
/// <param name="session">The graphs.</param>
/// <param name="arena">Where all caches lie.</param>
/// <param name="tables">The adapters of the step.</param>
internal sealed class SlotRunner(ModelSession session, SlotArena arena, TableChoice tables) : IDisposable
{
    private readonly CommonRows _common = new(arena);

    // That without adapters, and those of the tables that were used last.
    private readonly List<SlotBatch> _batches = [];
    private SlotBatch? _batch;

    /// <summary>Prepares for a step with the adapters that were chosen.</summary>
    /// <returns>Whether there is a graph for it.</returns>
    public bool TryBegin()
    {
        if (session.TryBatchGraph(tables.Chosen) is not { } graph)
        {
            return false;
        }

        for (int i = _batches.Count - 1; i >= 0; i--)
        {
            SlotBatch batch = _batches[i];
            if (!ReferenceEquals(batch.Graph, graph) || (batch.Table is null) != (tables.Chosen is null))
            {
                continue;
            }

            if (ReferenceEquals(batch.Table, tables.Chosen))
            {
                _batch = batch;
                return true;
            }

            // The table of an adapter of a higher rank takes the place of a smaller one.
            batch.Dispose();
            _batches.RemoveAt(i);
        }

        _batches.Add(_batch = new SlotBatch(session, graph, arena, tables.Chosen));
        return true;
    }

    /// <summary>
    /// Computes the next rows of each request, <see cref="LiveRequest.NextTokens"/> of them. Those that fail have no more rows than before.
    /// </summary>
    /// <param name="requests">The requests, each with a slot and a row missing.</param>
    /// <param name="failed">Receives the requests that failed, with what they failed of.</param>
    public void Run(List<LiveRequest> requests, List<(LiveRequest Request, Exception Exception)> failed)
    {
        if (requests.Count == 0)
        {
            return;
        }

        int rows = 0;
        int wanted = 0;
        foreach (LiveRequest request in requests)
        {
            rows += request.NextTokens;
            wanted += IsLast(request) ? 1 : 0;
        }

        // A run without logits would be one of another shape: nobody reads the one that is asked for then.
        SlotBatch batch = _batch!;
        batch.Begin(rows, Math.Max(wanted, 1));
        batch.Want(0, 0);
        _common.Clear();
        int row = 0;
        int logits = 0;
        foreach (LiveRequest request in requests)
        {
            row = SetRows(batch, request, row);
            if (IsLast(request))
            {
                batch.Want(logits++, row - 1);
            }
        }

        batch.Run();
        logits = 0;
        foreach (LiveRequest request in requests)
        {
            Accept(batch, request, IsLast(request) ? logits++ : -1, failed);
        }
    }

    private static bool IsLast(LiveRequest request) => request.NextTokens == request.Tokens.Pending;

    private int SetRows(SlotBatch batch, LiveRequest request, int row)
    {
        KvCache cache = request.Tokens.Sequence!.Cache;
        SlotPlace place = arena.PlaceOf(cache)!.Value;
        (SlotPlace other, int common) = _common.Find(cache, place);
        int end = cache.Length + request.NextTokens;
        for (int position = cache.Length; position < end; position++, row++)
        {
            int adapter = request.WriterAt(position) is Adapter writer ? tables.IndexOf(writer) : AdapterTable.NoSlot;
            batch.SetRow(row, request.Tokens.TokenSpan[position], position, request.Tokens.Length, adapter);
            batch.SetSlot(row, place, other, common);
        }

        return row;
    }

    private static void Accept(
        SlotBatch batch, LiveRequest request, int logits, List<(LiveRequest Request, Exception Exception)> failed)
    {
        int tokens = request.NextTokens;
        if (logits >= 0 && request.WriterAt(request.Tokens.Length - 1) is Adapter writer
            && !AdaptedLogits.AreUsable(batch.LogitsOf(logits)))
        {
            failed.Add((request, AdaptedLogits.NoNumbers(writer, batch.LogitsOf(logits))));
            return;
        }

        for (int i = 0; i < tokens; i++)
        {
            request.Tokens.Sequence!.AcceptRow(isExact: true);
        }

        if (logits >= 0)
        {
            request.Tokens.SetLogits(batch, logits);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _batches.ForEach(one => one.Dispose());
}
