using ALoRA.Onnx.Adapters;

namespace ALoRA.Onnx.Inference;

/// <summary>An adapter that was found and leased for a prompt, but is not switched on yet. Gives the lease back unless a sequence took it over.</summary>
internal sealed class PendingActivation : IDisposable
{
    private AdapterLease? _lease;

    private PendingActivation(AdapterLease? lease, Adapter? adapter, int start)
    {
        _lease = lease;
        Adapter = adapter;
        Start = start;
    }

    /// <summary>The adapter; null for the base.</summary>
    public Adapter? Adapter { get; }

    /// <summary>First adapted position within the sequence.</summary>
    public int Start { get; }

    /// <summary>The base alone.</summary>
    public static PendingActivation None() => new(null, null, int.MaxValue);

    /// <summary>An adapter from a known position on. Takes over the lease.</summary>
    public static PendingActivation At(AdapterLease lease, int start) => new(lease, lease.Adapter, start);

    /// <summary>Decides where an adapter starts in a prompt. Takes over the lease, also if it fails.</summary>
    /// <param name="lease">The adapter.</param>
    /// <param name="prompt">The ids to search.</param>
    /// <param name="explicitStart">Start given by the caller, an index within <paramref name="prompt"/>; null for PEFT's rule.</param>
    /// <param name="offset">Moves the found start; null takes the adapter's own.</param>
    /// <param name="allowMissing">Whether a missing invocation gives the base.</param>
    /// <param name="decode">Text of ids for the message; null if there is no tokenizer.</param>
    /// <exception cref="MissingInvocationException">The invocation tokens do not occur and that is not allowed.</exception>
    public static PendingActivation Find(
        AdapterLease lease, ReadOnlySpan<int> prompt, int? explicitStart, int? offset, bool allowMissing, Func<IReadOnlyList<int>, string?> decode)
    {
        Adapter adapter = lease.Adapter;
        if (adapter.Kind == AdapterKind.Lora)
        {
            return At(lease, 0);
        }

        int? start = explicitStart ?? ActivationRule.FindStart(prompt, [.. adapter.InvocationTokens], offset ?? adapter.Manifest.ActivationOffset);
        if (start is int found)
        {
            return At(lease, found);
        }

        lease.Dispose();
        return allowMissing ? None() : throw new MissingInvocationException(adapter, decode(adapter.InvocationTokens));
    }

    /// <summary>Moves the start by the length of what stands before the searched part.</summary>
    public PendingActivation Shifted(int by) => Adapter is { Kind: AdapterKind.Alora } ? new PendingActivation(Interlocked.Exchange(ref _lease, null), Adapter, Start + by) : this;

    /// <summary>Switches the adapter on in a sequence, which takes over the lease.</summary>
    public void ApplyTo(Sequence sequence)
    {
        if (Interlocked.Exchange(ref _lease, null) is AdapterLease lease)
        {
            sequence.Activate(lease, Start);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Interlocked.Exchange(ref _lease, null)?.Dispose();
}
