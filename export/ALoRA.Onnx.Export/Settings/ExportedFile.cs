namespace ALoRA.Onnx.Export;

/// <summary>A file of an exported model folder.</summary>
/// <param name="Name">Path relative to the folder, with forward slashes.</param>
/// <param name="Bytes">Its size.</param>
public sealed record ExportedFile(string Name, long Bytes);
