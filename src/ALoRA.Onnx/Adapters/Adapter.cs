using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ALoRA.Onnx.Adapters;

namespace ALoRA.Onnx;

/// <summary>A loaded adapter. Thread-safe; the <see cref="AdapterRegistry"/> that loaded it owns its memory.</summary>
public sealed class Adapter
{
    private readonly Lazy<string> _contentHash;

    internal Adapter(string name, string folder, AdapterManifest manifest, AdapterWeights weights)
    {
        Name = name;
        Folder = folder;
        Manifest = manifest;
        Weights = weights;
        Bytes = weights.Bytes;
        _contentHash = new Lazy<string>(HashContent);
    }

    /// <summary>Its name in the registry.</summary>
    public string Name { get; }

    /// <summary>Folder that it was loaded from.</summary>
    public string Folder { get; }

    /// <summary>Content of its <c>adapter.json</c>.</summary>
    public AdapterManifest Manifest { get; }

    /// <summary>Plain or activated LoRA.</summary>
    public AdapterKind Kind => Manifest.Kind;

    /// <summary>
    /// Ids of the invocation tokens: the adapter is active from their last occurrence on. Empty for <see cref="AdapterKind.Lora"/>.
    /// </summary>
    public IReadOnlyList<int> InvocationTokens => Manifest.InvocationTokens;

    /// <summary>Size of the weights in memory, in bytes.</summary>
    public long Bytes { get; }

    /// <summary>
    /// SHA-256 in hexadecimal digits of what the adapter computes: its weights, kind and invocation, not its name or place. Two of the same
    /// hash give the same answers. Made when it is first asked for, which reads all weights once.
    /// </summary>
    public string ContentHash => _contentHash.Value;

    /// <summary>The tensors; disposed by the registry when nothing uses them any more.</summary>
    internal AdapterWeights Weights { get; }

    /// <summary>Which of the adapters that the model has loaded so far, from 1; no other one ever has it.</summary>
    internal int Number { get; init; }

    /// <summary>Leases that are out; guarded by the registry's lock.</summary>
    internal int Leases { get; set; }

    /// <inheritdoc/>
    public override string ToString() => Name;

    private string HashContent()
    {
        string tokens = string.Join(',', Manifest.InvocationTokens.Select(token => token.ToString(CultureInfo.InvariantCulture)));
        string text = string.Create(
            CultureInfo.InvariantCulture,
            $"{Weights.ContentHash};{Kind};{tokens};{Manifest.ActivationOffset};{Manifest.HasLoraBias}");
        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }
}
