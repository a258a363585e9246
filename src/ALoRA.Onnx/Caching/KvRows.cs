using ALoRA.Onnx.Tensors;

namespace ALoRA.Onnx.Caching;

/// <summary>Rows of a cache that were put aside before an adapter writes over them.</summary>
internal sealed class KvRows : IDisposable
{
    private readonly KvCache _cache;
    private readonly RowProvenance _provenance;
    private readonly KvBuffers? _saved;
    private readonly int _from;
    private readonly int _count;

    public KvRows(KvCache cache, int from)
    {
        _cache = cache;
        _from = from;
        _count = Math.Max(cache.Length - from, 0);
        _provenance = cache.Provenance.Copy(cache.Length);
        if (_count == 0)
        {
            return;
        }

        _saved = cache.Rent(_count);
        try
        {
            List<MemoryStretch> rows = [];
            for (int layer = 0; layer < cache.Layout.Layers; layer++)
            {
                cache.AddRows(rows, cache.Buffers.Keys(layer), cache.Capacity, _saved.Keys(layer), _saved.Capacity, _from, _count);
                cache.AddRows(rows, cache.Buffers.Values(layer), cache.Capacity, _saved.Values(layer), _saved.Capacity, _from, _count);
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
        for (int layer = 0; layer < _cache.Layout.Layers && _saved is not null; layer++)
        {
            _cache.AddRows(rows, _saved.Keys(layer), _saved.Capacity, _cache.Buffers.Keys(layer), _cache.Capacity, 0, _count, _from);
            _cache.AddRows(rows, _saved.Values(layer), _saved.Capacity, _cache.Buffers.Values(layer), _cache.Capacity, 0, _count, _from);
        }

        _cache.Memory.Copy(rows);
        _cache.Restore(_provenance);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_saved is not null)
        {
            _cache.GiveBack(_saved);
        }
    }
}
