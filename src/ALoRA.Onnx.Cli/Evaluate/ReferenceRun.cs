namespace ALoRA.Onnx.Cli.Evaluate;

/// <summary>What the reference computed for one case under one adapter, or under none.</summary>
/// <param name="Adapter">The adapter's name; null for the base model.</param>
/// <param name="IsActivated">The adapter is an aLoRA, so <paramref name="ActivationStart"/> applies.</param>
/// <param name="ActivationStart">Index of the first adapted id; null where the invocation does not occur.</param>
/// <param name="LogitsTensor">Name of the tensor <c>[positions, vocab]</c>, float32, in the reference file.</param>
/// <param name="Greedy">The ids that greedy decoding continues with.</param>
internal sealed record ReferenceRun(
    string? Adapter, bool IsActivated, int? ActivationStart, string LogitsTensor, IReadOnlyList<int> Greedy);
