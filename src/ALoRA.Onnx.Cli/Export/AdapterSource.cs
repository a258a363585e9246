namespace ALoRA.Onnx.Cli.Export;

/// <summary>A PEFT folder to convert.</summary>
/// <param name="Name">Name that the adapter gets; null takes the folder's.</param>
/// <param name="Folder">The folder.</param>
internal sealed record AdapterSource(string? Name, string Folder);
