using ALoRA.Onnx.Adapters;
using ALoRA.Onnx.Inference;
using ALoRA.Onnx.Serving.Running;

namespace ALoRA.Onnx.Serving.Batching;

/// <summary>
/// Which stack of adapters a step uses: that of the steps before as long as it will do, for making one copies all weights of its adapters.
/// It grows when a step needs one more adapter, and shrinks when most of it was not needed for a while. Not thread-safe.
/// </summary>
internal sealed class StackChoice(ModelSession session, AdapterRegistry registry, int mostAdapters) : IDisposable
{
    private const int StepsUntilSmaller = 64;
    private const int MostAlone = 64;

    private readonly List<Adapter> _needed = [];
    private readonly List<Adapter> _apart = [];

    // A stack of one copies nothing: it is bound as the adapter has it.
    private readonly Dictionary<Adapter, AdapterStack> _alone = [];
    private AdapterStack? _stack;
    private int _surplusSteps;

    /// <summary>The stack of this step; null where no row has an adapter.</summary>
    public AdapterStack? Chosen { get; private set; }

    /// <summary>Whether an adapter is not to be mixed with others.</summary>
    public bool IsApart(Adapter adapter) => _apart.Contains(adapter);

    /// <summary>Mixes an adapter with no others from now on, for its weights overflow.</summary>
    public void KeepApart(Adapter adapter)
    {
        if (!_apart.Contains(adapter))
        {
            _apart.Add(adapter);
        }
    }

    /// <summary>The stack of one adapter.</summary>
    public AdapterStack Alone(Adapter adapter)
    {
        if (!_alone.TryGetValue(adapter, out AdapterStack? stack))
        {
            if (_alone.Count == MostAlone)
            {
                _alone.Clear();
            }

            _alone.Add(adapter, stack = AdapterStack.Create([adapter], session.Manifest, session.Memory));
        }

        return stack;
    }

    /// <summary>Begins anew with the next step: an adapter that nobody needs now spoils the others' rows.</summary>
    public void Forget() => _surplusSteps = StepsUntilSmaller;

    /// <summary>Chooses the stack of a step.</summary>
    /// <param name="requests">The requests that a row is computed of.</param>
    /// <returns>The stack that is not used any more and is freed; null if there is none.</returns>
    /// <exception cref="InsufficientMemoryException">The memory is not available.</exception>
    public AdapterStack? Choose(List<LiveRequest> requests)
    {
        _needed.Clear();
        foreach (LiveRequest request in requests)
        {
            if (request.NextWriter is Adapter writer && !_needed.Contains(writer) && !_apart.Contains(writer))
            {
                _needed.Add(writer);
            }
        }

        if (_needed.Count < 2)
        {
            Chosen = _needed.Count == 0 ? null : Alone(_needed[0]);
            return null;
        }

        bool covers = _stack is not null && Covers(_stack);
        bool isForgotten = _surplusSteps >= StepsUntilSmaller;
        _surplusSteps = covers && 2 * _needed.Count <= _stack!.Adapters.Count ? _surplusSteps + 1 : 0;
        if (covers && !isForgotten && _surplusSteps < StepsUntilSmaller)
        {
            Chosen = _stack;
            return null;
        }

        _surplusSteps = 0;
        return Renew(isForgotten || covers ? [] : _stack?.Adapters ?? []);
    }

    /// <inheritdoc/>
    public void Dispose() => _stack?.Dispose();

    // What was needed just now may be again, and is kept where there is room.
    private AdapterStack? Renew(IEnumerable<Adapter> before)
    {
        List<Adapter> wanted = [.. _needed];
        List<AdapterLease> leases = [];
        try
        {
            foreach (Adapter adapter in before.Except(_needed))
            {
                if (wanted.Count < mostAdapters && !_apart.Contains(adapter) && registry.TryShare(adapter) is AdapterLease lease)
                {
                    leases.Add(lease);
                    wanted.Add(adapter);
                }
            }

            // On a device empty slots cost next to nothing, and other addresses a capture of every size of run.
            if (!session.Memory.IsHost && _stack?.TryReplace(wanted, session.Manifest, session.Memory) == true)
            {
                Chosen = _stack;
                return null;
            }

            AdapterStack? replaced = _stack;
            Chosen = _stack = AdapterStack.Create(
                wanted, session.Manifest, session.Memory, session.Memory.IsHost ? 0 : Math.Max(mostAdapters, 2));
            replaced?.Dispose();
            return replaced;
        }
        finally
        {
            leases.ForEach(lease => lease.Dispose());
        }
    }

    private bool Covers(AdapterStack stack)
    {
        foreach (Adapter adapter in _needed)
        {
            if (!stack.Adapters.Contains(adapter))
            {
                return false;
            }
        }

        return true;
    }
}
