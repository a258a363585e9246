using ALoRA.Onnx.Tensors;
using Microsoft.Extensions.Logging;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Adapters.Tables;

/// <summary>
/// The tables of a model's adapters, one for each type of elements. An adapter that comes is written into a free place,
/// or over the one that was unused longest; one that is held stays where it is. Thread-safe.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="memory">Where its graphs read adapters.</param>
/// <param name="logger">Where it is said who takes how much memory.</param>
internal sealed class AdapterTables(ModelManifest model, TensorMemory memory, ILogger logger) : IDisposable
{
    private const int SmallestRank = 8;
    private const int SlotsOfHost = 16;
    private const int SlotsOfDevice = 8;

    // What the operators of CUDA have room for.
    private const int MostRankOfDevice = 64;

    // On the host pages are only taken when they are written; still, nobody wants a table that could fill half of the memory.
    private const int PartOfMemory = 4;

    private readonly Lock _gate = new();
    private readonly List<AdapterTable> _tables = [];
    private readonly Dictionary<TensorElementType, AdapterTable> _current = [];
    private long _uses;
    private bool _closed;

    /// <summary>Bytes that the tables have room for; on the host what no adapter was written to takes no memory.</summary>
    public long Bytes
    {
        get
        {
            lock (_gate)
            {
                return _tables.Sum(table => table.BytesOfSlot * table.Slots);
            }
        }
    }

    /// <summary>A place for an adapter, on which the caller has a lease as long as it holds the place.</summary>
    /// <param name="adapter">The adapter.</param>
    /// <param name="type">Type of the table.</param>
    /// <returns>The place, which the caller disposes; null if the adapter has a bias, or there is no room.</returns>
    public AdapterSlot? TryAcquire(Adapter adapter, TensorElementType type)
    {
        if (adapter.Manifest.HasLoraBias)
        {
            return null;
        }

        lock (_gate)
        {
            if (_closed || TableFor(adapter, type) is not { } table)
            {
                return null;
            }

            int slot = table.IndexOf(adapter);
            if (slot < 0)
            {
                slot = table.FindRoom();
                if (slot < 0)
                {
                    return null;
                }

                AdapterLayout layout = adapter.Weights.LayoutOf(adapter, model);
                table.Write(slot, adapter, layout);
                logger.AdapterPlaced(adapter.Name, slot, table.BytesOf(layout));
            }

            table.Hold(slot);
            return new AdapterSlot(this, table, slot, adapter);
        }
    }

    /// <summary>Empties the places of an adapter that is unloaded.</summary>
    public void Forget(Adapter adapter)
    {
        lock (_gate)
        {
            _tables.ForEach(table => table.Forget(adapter));
        }
    }

    /// <summary>Gives a place up; see <see cref="AdapterSlot.Dispose"/>.</summary>
    public void Release(AdapterTable table, int slot)
    {
        lock (_gate)
        {
            table.Release(slot, ++_uses);
            DropOutgrown();
        }
    }

    /// <summary>Frees the tables; those that are held follow when they are given up.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            _current.Clear();
            DropOutgrown();
        }
    }

    // A table has the ranks that were needed so far. One with more takes its place, and goes when nobody holds a place of it any more.
    private AdapterTable? TableFor(Adapter adapter, TensorElementType type)
    {
        AdapterLayout layout = adapter.Weights.LayoutOf(adapter, model);
        AdapterTable? table = _current.GetValueOrDefault(type);
        if (table?.Fits(layout) == true)
        {
            return table;
        }

        if (!memory.IsHost && layout.Ranks.Max() > MostRankOfDevice)
        {
            return null;
        }

        int[] ranks = [.. layout.Ranks.Select((rank, i) => Math.Max(RoomFor(rank), table?.Ranks[i] ?? 0))];
        long bytes = Math.Max(AdapterTable.BytesOf(model, type, ranks), 1);
        long slots = memory.IsHost
            ? Math.Min(SlotsOfHost, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / PartOfMemory / bytes)
            : SlotsOfDevice;
        try
        {
            AdapterTable larger = new(model, memory, type, ranks, (int)Math.Max(slots, 1));
            _tables.Add(larger);
            _current[type] = larger;
            DropOutgrown();
            return larger;
        }
        catch (InsufficientMemoryException exception)
        {
            logger.NoTable(adapter.Name, exception.Message);
            return null;
        }
    }

    private void DropOutgrown()
    {
        for (int i = _tables.Count - 1; i >= 0; i--)
        {
            if (!_current.ContainsValue(_tables[i]) && !_tables[i].IsHeld)
            {
                _tables[i].Dispose();
                _tables.RemoveAt(i);
            }
        }
    }

    private static int RoomFor(int rank) =>
        rank == 0 ? 0 : Math.Max(SmallestRank, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)rank));
}
