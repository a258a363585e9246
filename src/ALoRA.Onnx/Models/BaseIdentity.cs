namespace ALoRA.Onnx;

/// <summary>Which base checkpoint a model folder was exported from, or an adapter belongs to.</summary>
/// <param name="NameOrPath">The checkpoint's own name, or that of its folder or file.</param>
/// <param name="Fingerprint">
/// <c>sha256:</c> and 64 hexadecimal digits over the checkpoint's configuration and weights; equal fingerprints mean the same base.
/// </param>
public sealed record BaseIdentity(string NameOrPath, string Fingerprint);
