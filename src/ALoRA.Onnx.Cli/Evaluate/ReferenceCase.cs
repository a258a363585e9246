namespace ALoRA.Onnx.Cli.Evaluate;

/// <summary>One prompt and what the reference computed for it.</summary>
/// <param name="Name">The case's name.</param>
/// <param name="InputIds">The prompt.</param>
/// <param name="LogitsPositions">The rows of the prompt that the reference's logits belong to.</param>
/// <param name="Runs">The base first, then each adapter.</param>
internal sealed record ReferenceCase(
    string Name, IReadOnlyList<int> InputIds, IReadOnlyList<int> LogitsPositions, IReadOnlyList<ReferenceRun> Runs);
