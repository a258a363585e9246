using ALoRA.Onnx.Tensors;

namespace ALoRA.Onnx.Adapters;

/// <summary>
/// The stacks that were used last, because asking the same adapters about one
/// conversation after the other is what they are for. Thread-safe.
/// </summary>
internal sealed class AdapterStackCache(ModelManifest model, TensorMemory memory) : IDisposable
{
    // A stack has the size of its adapters; a program that alternates between two sets still finds both.
    private const int Kept = 2;

    private readonly Lock _gate = new();
    private readonly List<AdapterStack> _stacks = [];
    private bool _closed;

    /// <summary>The stack of some adapters, on which the caller has leases.</summary>
    /// <param name="adapters">The adapters, each once.</param>
    /// <returns>A reference, which the caller disposes.</returns>
    public AdapterStack Get(IEnumerable<Adapter> adapters)
    {
        Adapter[] sorted = [.. adapters.OrderBy(adapter => adapter.Name, StringComparer.Ordinal)];
        lock (_gate)
        {
            int found = _stacks.FindIndex(stack => stack.Adapters.SequenceEqual(sorted));
            AdapterStack stack = found < 0 ? AdapterStack.Create(sorted, model, memory) : _stacks[found];
            if (found >= 0)
            {
                _stacks.RemoveAt(found);
            }
            else if (_closed || sorted.Length == 1)
            {
                return stack;
            }
            else if (_stacks.Count == Kept)
            {
                _stacks[^1].Dispose();
                _stacks.RemoveAt(_stacks.Count - 1);
            }

            _stacks.Insert(0, stack);
            return stack.AddReference();
        }
    }

    /// <summary>Forgets the stacks with an adapter that is unloaded.</summary>
    public void Forget(Adapter adapter)
    {
        lock (_gate)
        {
            foreach (AdapterStack stack in _stacks.FindAll(stack => stack.Adapters.Contains(adapter)))
            {
                _stacks.Remove(stack);
                stack.Dispose();
            }
        }
    }

    /// <summary>Forgets all stacks; those in use are freed when they are given back.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            _stacks.ForEach(stack => stack.Dispose());
            _stacks.Clear();
        }
    }
}
