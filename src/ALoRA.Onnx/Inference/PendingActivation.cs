using ALoRA.Onnx.Adapters;

namespace ALoRA.Onnx.Inference;

/// <summary>
/// An adapter that was found and leased for a prompt, but is not switched on yet. Gives the lease back unless a sequence took it over.
/// </summary>
internal sealed class PendingActivation : IDisposable
{
    private AdapterLease? _lease;

    private PendingActivation(AdapterLease? lease, Activation rows)
    {
        _lease = lease;
        Rows = rows;
    }

    /// <summary>Which rows of the sequence it will compute.</summary>
    public Activation Rows { get; }

    /// <summary>The adapter; null for the base.</summary>
    public Adapter? Adapter => Rows.Adapter;

    /// <summary>First adapted position within the sequence.</summary>
    public int Start => Rows.Start;

    /// <summary>The base alone.</summary>
    public static PendingActivation None() => new(null, Activation.None);

    /// <summary>An adapter from a known position on. Takes over the lease.</summary>
    private static PendingActivation At(AdapterLease lease, int start) => new(lease, new Activation(lease.Adapter, start));

    /// <summary>Decides where an adapter starts in a prompt. Takes over the lease, also if it fails.</summary>
    /// <param name="lease">The adapter.</param>
    /// <param name="prompt">The ids to search.</param>
    /// <param name="explicitStart">Start given by the caller, an index within <paramref name="prompt"/>; null for PEFT's rule.</param>
    /// <param name="offset">Moves the found start; null takes the adapter's own.</param>
    /// <param name="allowMissing">Whether a missing invocation gives the base.</param>
    /// <param name="decode">Text of ids for the message; null if there is no tokenizer.</param>
    /// <exception cref="MissingInvocationException">The invocation tokens do not occur and that is not allowed.</exception>
    public static PendingActivation Find(
        AdapterLease lease, ReadOnlySpan<int> prompt, int? explicitStart, int? offset, bool allowMissing,
        Func<IReadOnlyList<int>, string?> decode)
    {
        Adapter adapter = lease.Adapter;
        if (adapter.Kind == AdapterKind.Lora)
        {
            return At(lease, 0);
        }

        int? start = explicitStart
            ?? ActivationRule.FindStart(prompt, [.. adapter.InvocationTokens], offset ?? adapter.Manifest.ActivationOffset);
        if (start is int found)
        {
            return At(lease, found);
        }

        lease.Dispose();
        return allowMissing ? None() : throw new MissingInvocationException(adapter, decode(adapter.InvocationTokens));
    }

    /// <summary>Moves the start by the length of what stands before the searched part.</summary>
    public PendingActivation Shifted(int by) => Adapter is { Kind: AdapterKind.Alora }
        ? new PendingActivation(Interlocked.Exchange(ref _lease, null), Rows with { Start = Start + by })
        : this;

    /// <summary>Switches the adapter on in a sequence, which takes over the lease.</summary>
    /// <param name="sequence">The sequence.</param>
    /// <param name="thrownAwayFrom">Position from which on it is taken back before anyone else reads it; none by default.</param>
    public void ApplyTo(Sequence sequence, int thrownAwayFrom = int.MaxValue)
    {
        if (Interlocked.Exchange(ref _lease, null) is AdapterLease lease)
        {
            sequence.Activate(lease, Start, thrownAwayFrom);
        }
    }

    /// <summary>Switches the adapter on in one more sequence, with a lease of its own.</summary>
    public void ShareWith(Sequence sequence)
    {
        if (_lease is AdapterLease lease)
        {
            sequence.Activate(lease.Share(), Start);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Interlocked.Exchange(ref _lease, null)?.Dispose();
}

/// <summary>Where an aLoRA becomes active in a prompt, as PEFT decides it.</summary>
internal static class ActivationRule
{
    /// <summary>
    /// Index of the first adapted token: that of the first id of the last complete occurrence, moved by <paramref name="offset"/>;
    /// null if there is no occurrence.
    /// </summary>
    /// <param name="prompt">All ids of the prompt.</param>
    /// <param name="invocation">The ids to look for, at least one.</param>
    /// <param name="offset">-1, 0 or 1; see <see cref="AdapterManifest.ActivationOffset"/>.</param>
    public static int? FindStart(ReadOnlySpan<int> prompt, ReadOnlySpan<int> invocation, int offset)
    {
        int start = invocation.IsEmpty ? -1 : prompt.LastIndexOf(invocation);
        return start < 0 ? null : Math.Clamp(start + offset, 0, prompt.Length);
    }
}
