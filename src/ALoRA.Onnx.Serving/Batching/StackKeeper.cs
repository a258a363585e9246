using ALoRA.Onnx.Adapters;
using ALoRA.Onnx.Inference;

namespace ALoRA.Onnx.Serving.Batching;

/// <summary>
/// The stack of the adapters that the last steps needed. It grows when a step needs one more, and shrinks when most of it was not needed
/// for a while, for making a stack copies all weights of its adapters. Not thread-safe.
/// </summary>
internal sealed class StackKeeper(ModelSession session, AdapterRegistry registry, int mostAdapters) : IDisposable
{
    private const int StepsUntilSmaller = 64;

    private AdapterStack? _stack;
    private int _surplusSteps;

    /// <summary>A stack with these adapters and maybe others; if it is another one than before, that is the caller's to dispose.</summary>
    /// <param name="needed">Adapters of a step, each once and on lease.</param>
    /// <exception cref="InsufficientMemoryException">The memory is not available.</exception>
    public AdapterStack Get(IReadOnlyList<Adapter> needed)
    {
        bool covers = _stack is not null && Covers(_stack, needed);
        _surplusSteps = _surplusSteps >= StepsUntilSmaller || (covers && 2 * needed.Count <= _stack!.Adapters.Count) ? _surplusSteps + 1 : 0;
        if (covers && _surplusSteps < StepsUntilSmaller)
        {
            return _stack!;
        }

        List<Adapter> wanted = [.. needed];
        List<AdapterLease> leases = [];
        try
        {
            // What was needed just now may be again.
            foreach (Adapter adapter in _surplusSteps >= StepsUntilSmaller || _stack is null ? [] : _stack.Adapters.Except(needed))
            {
                if (wanted.Count < mostAdapters && registry.TryShare(adapter) is AdapterLease lease)
                {
                    leases.Add(lease);
                    wanted.Add(adapter);
                }
            }

            AdapterStack stack = AdapterStack.Create(wanted, session.Manifest, session.Memory);
            _stack = stack;
            _surplusSteps = 0;
            return stack;
        }
        finally
        {
            leases.ForEach(lease => lease.Dispose());
        }
    }

    /// <summary>Begins anew with the next step: an adapter that nobody needs now spoils the others' rows.</summary>
    public void Forget() => _surplusSteps = StepsUntilSmaller;

    /// <inheritdoc/>
    public void Dispose() => _stack?.Dispose();

    private static bool Covers(AdapterStack stack, IReadOnlyList<Adapter> needed)
    {
        for (int i = 0; i < needed.Count; i++)
        {
            if (!stack.Adapters.Contains(needed[i]))
            {
                return false;
            }
        }

        return true;
    }
}
