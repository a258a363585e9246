namespace ALoRA.Onnx.Export;

/// <summary>An adapter to convert along with its base.</summary>
/// <param name="Folder">
/// Folder with <c>adapter_config.json</c> and <c>adapter_model.safetensors</c>, or a LoRA as a <c>.gguf</c> file.
/// </param>
/// <param name="Name">Name in the model folder. Default: null, the name of <paramref name="Folder"/>.</param>
public sealed record ExportAdapter(string Folder, string? Name = null);
