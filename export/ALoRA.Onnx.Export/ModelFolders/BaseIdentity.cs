namespace ALoRA.Onnx.Export.ModelFolders;

/// <summary>Which checkpoint a model folder was made from.</summary>
/// <param name="NameOrPath">What the checkpoint calls itself, or the name of its folder or file.</param>
/// <param name="Fingerprint">
/// <c>sha256:</c> and 64 hexadecimal digits over configuration, tensor headers and the start of each tensor.
/// </param>
internal sealed record BaseIdentity(string NameOrPath, string Fingerprint);
