namespace ALoRA.Onnx.Cli.Evaluate;

/// <summary>An adapter of the reference folder.</summary>
/// <param name="Name">The name by which the cases speak of it.</param>
/// <param name="Folder">Its PEFT folder.</param>
internal sealed record ReferenceAdapter(string Name, string Folder);
