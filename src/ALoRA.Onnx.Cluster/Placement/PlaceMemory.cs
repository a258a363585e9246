namespace ALoRA.Onnx.Cluster.Placement;

/// <summary>
/// What belonged to a key last, such as its server, for as many keys as it holds; the ones that were not asked for longest are
/// forgotten. Thread-safe.
/// </summary>
/// <typeparam name="T">What is remembered.</typeparam>
/// <param name="capacity">How many keys, at least 1.</param>
internal sealed class PlaceMemory<T>(int capacity)
    where T : class
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, LinkedListNode<(ulong Key, T Place)>> _places = [];
    private readonly LinkedList<(ulong Key, T Place)> _order = new();

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _places.Count;
            }
        }
    }

    /// <summary>Where a key was; null if that is not known.</summary>
    public T? Find(ulong key)
    {
        lock (_gate)
        {
            if (!_places.TryGetValue(key, out LinkedListNode<(ulong Key, T Place)>? node))
            {
                return null;
            }

            _order.Remove(node);
            _order.AddFirst(node);
            return node.Value.Place;
        }
    }

    /// <summary>All of them, the one that was asked for last first.</summary>
    public IReadOnlyList<(ulong Key, T Place)> Newest
    {
        get
        {
            lock (_gate)
            {
                return [.. _order];
            }
        }
    }

    /// <summary>Says where a key is now.</summary>
    /// <returns>Whether that is new.</returns>
    public bool Set(ulong key, T place)
    {
        lock (_gate)
        {
            bool isNew = true;
            if (_places.Remove(key, out LinkedListNode<(ulong Key, T Place)>? old))
            {
                isNew = !old.Value.Place.Equals(place);
                _order.Remove(old);
            }

            _places[key] = _order.AddFirst((key, place));
            if (_places.Count > capacity)
            {
                _places.Remove(_order.Last!.Value.Key);
                _order.RemoveLast();
            }

            return isNew;
        }
    }

    /// <summary>Forgets a key.</summary>
    public void Remove(ulong key)
    {
        lock (_gate)
        {
            if (_places.Remove(key, out LinkedListNode<(ulong Key, T Place)>? old))
            {
                _order.Remove(old);
            }
        }
    }
}
