namespace ALoRA.Onnx.Adapters;

/// <summary>Keeps an adapter loaded while a sequence computes with it.</summary>
internal sealed class AdapterLease(AdapterRegistry registry, Adapter adapter) : IDisposable
{
    private AdapterRegistry? _registry = registry;

    public Adapter Adapter { get; } = adapter;

    /// <summary>A second lease on the same adapter.</summary>
    public AdapterLease Share() => (_registry ?? throw new ObjectDisposedException(nameof(AdapterLease))).Share(Adapter);

    /// <inheritdoc/>
    public void Dispose() => Interlocked.Exchange(ref _registry, null)?.Release(Adapter);
}
