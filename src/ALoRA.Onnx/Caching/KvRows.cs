using ALoRA.Onnx.Tensors;

namespace ALoRA.Onnx.Caching;

/// <summary>Rows of a cache that were put aside before an adapter writes over them.</summary>
internal sealed class KvRows : IDisposable
{
    private readonly KvCache _cache;
    private readonly RowProvenance _provenance;
    private readonly List<(MemoryTensor Keys, MemoryTensor Values)> _layers = [];
    private readonly int _from;
    private readonly int _count;

    public KvRows(KvCache cache, int from)
    {
        _cache = cache;
        _from = from;
        _count = Math.Max(cache.Length - from, 0);
        _provenance = cache.Provenance.Copy(cache.Length);
        try
        {
            List<MemoryStretch> rows = [];
            for (int layer = 0; layer < cache.Layout.Layers && _count > 0; layer++)
            {
                (MemoryTensor keys, MemoryTensor values) = cache.TensorsOf(layer);
                _layers.Add((cache.Allocate(_count), cache.Allocate(_count)));
                cache.AddRows(rows, keys, cache.Capacity, _layers[layer].Keys, _count, _from, _count);
                cache.AddRows(rows, values, cache.Capacity, _layers[layer].Values, _count, _from, _count);
            }

            cache.Memory.Copy(rows);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Puts the rows back; the cache may have grown meanwhile.</summary>
    public void Restore()
    {
        List<MemoryStretch> rows = [];
        for (int layer = 0; layer < _layers.Count; layer++)
        {
            (MemoryTensor keys, MemoryTensor values) = _cache.TensorsOf(layer);
            _cache.AddRows(rows, _layers[layer].Keys, _count, keys, _cache.Capacity, 0, _count, _from);
            _cache.AddRows(rows, _layers[layer].Values, _count, values, _cache.Capacity, 0, _count, _from);
        }

        _cache.Memory.Copy(rows);

        _cache.Restore(_provenance);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach ((MemoryTensor keys, MemoryTensor values) in _layers)
        {
            keys.Dispose();
            values.Dispose();
        }

        _layers.Clear();
    }
}
