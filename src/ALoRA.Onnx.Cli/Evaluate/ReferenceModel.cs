namespace ALoRA.Onnx.Cli.Evaluate;

/// <summary>A checkpoint with the adapters and cases that belong to it.</summary>
/// <param name="CheckpointPath">A Hugging Face folder, a folder with one GGUF file, or a GGUF file.</param>
/// <param name="Adapters">Every adapter that has to be converted.</param>
/// <param name="BadAdapters">Every adapter that has to be refused.</param>
/// <param name="Cases">The prompts.</param>
internal sealed record ReferenceModel(
    string CheckpointPath,
    IReadOnlyList<ReferenceAdapter> Adapters,
    IReadOnlyList<ReferenceAdapter> BadAdapters,
    IReadOnlyList<ReferenceCase> Cases);
