using System.Diagnostics.CodeAnalysis;

namespace ALoRA.Onnx.Constraints.Masks;

/// <summary>
/// The values that were asked for last, each made once. Thread-safe: who asks for another key never waits for one that is made.
/// </summary>
/// <param name="capacity">How many are kept; the one that was not asked for longest goes first.</param>
// The annotation is what Lazy asks for; values are only made by the functions given.
internal sealed class RecentValues<
    [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicParameterlessConstructor)] T>(int capacity)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<(string Key, Lazy<T> Value)> _used = new();

    /// <summary>The value of a key, which is made now if it is not here; a value that can't be made is not kept.</summary>
    public T Get(string key, Func<T> make)
    {
        Lazy<T> value = Find(key, make);
        try
        {
            return value.Value;
        }
        catch
        {
            Remove(value);
            throw;
        }
    }

    private Lazy<T> Find(string key, Func<T> make)
    {
        lock (_lock)
        {
            LinkedListNode<(string Key, Lazy<T> Value)>? node = _used.First;
            while (node is not null && node.Value.Key != key)
            {
                node = node.Next;
            }

            if (node is null)
            {
                node = new((key, new Lazy<T>(make)));
            }
            else
            {
                _used.Remove(node);
            }

            _used.AddFirst(node);
            if (_used.Count > capacity)
            {
                _used.RemoveLast();
            }

            return node.Value.Value;
        }
    }

    // By reference: the key may have a new value by now, which must stay.
    private void Remove(Lazy<T> value)
    {
        lock (_lock)
        {
            LinkedListNode<(string Key, Lazy<T> Value)>? node = _used.First;
            while (node is not null && !ReferenceEquals(node.Value.Value, value))
            {
                node = node.Next;
            }

            if (node is not null)
            {
                _used.Remove(node);
            }
        }
    }
}
