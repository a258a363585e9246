using ALoRA.Onnx.Adapters;

namespace ALoRA.Onnx;

/// <summary>An adapter that an <see cref="AdapterRegistry"/> has loaded. Thread-safe; its memory is the registry's.</summary>
public sealed class Adapter
{
    internal Adapter(string name, string folder, AdapterManifest manifest, AdapterWeights weights)
    {
        Name = name;
        Folder = folder;
        Manifest = manifest;
        Weights = weights;
        Bytes = weights.Bytes;
    }

    /// <summary>The name by which the registry knows it.</summary>
    public string Name { get; }

    /// <summary>Folder that it was loaded from.</summary>
    public string Folder { get; }

    /// <summary>Content of its <c>adapter.json</c>.</summary>
    public AdapterManifest Manifest { get; }

    /// <summary>Plain or activated LoRA.</summary>
    public AdapterKind Kind => Manifest.Kind;

    /// <summary>The ids from whose last occurrence on the adapter is active; empty for <see cref="AdapterKind.Lora"/>.</summary>
    public IReadOnlyList<int> InvocationTokens => Manifest.InvocationTokens;

    /// <summary>Memory that the weights take, in bytes.</summary>
    public long Bytes { get; }

    /// <summary>The tensors; disposed by the registry when nothing uses them any more.</summary>
    internal AdapterWeights Weights { get; }

    /// <summary>Leases that are out; guarded by the registry's lock.</summary>
    internal int Leases { get; set; }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
