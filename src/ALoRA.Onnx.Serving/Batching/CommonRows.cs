using ALoRA.Onnx.Caching;
using ALoRA.Onnx.Serving.Slots;

namespace ALoRA.Onnx.Serving.Batching;

/// <summary>
/// Which caches of a run have their first rows in common, so that they are read once for all of them. Not thread-safe.
/// Allocates only for more caches than ever before.
/// </summary>
/// <param name="arena">Where the caches lie.</param>
internal sealed class CommonRows(SlotArena arena)
{
    private readonly List<KvCache> _caches = [];
    private readonly List<(SlotPlace Place, int Length)> _found = [];

    /// <summary>Forgets the caches of the run before.</summary>
    public void Clear()
    {
        _caches.Clear();
        _found.Clear();
    }

    /// <summary>
    /// Finds the cache that one has most first rows in common with, among those that were asked for before it in this run.
    /// </summary>
    /// <param name="cache">The cache.</param>
    /// <param name="own">Where it lies.</param>
    /// <returns>Where the other one lies, and how many rows they have in common; its own place and 0 if there is none.</returns>
    public (SlotPlace Place, int Length) Find(KvCache cache, SlotPlace own)
    {
        (SlotPlace, int) best = (own, 0);
        int most = 0;
        for (int i = 0; i < _caches.Count; i++)
        {
            if (ReferenceEquals(_caches[i], cache))
            {
                return _found[i];
            }

            int common = cache.Provenance.CommonLength(_caches[i].Provenance);
            if (common > most)
            {
                most = common;
                best = (arena.PlaceOf(_caches[i])!.Value, common);
            }
        }

        _caches.Add(cache);
        _found.Add(best);
        return best;
    }
}
