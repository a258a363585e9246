namespace ALoRA.Onnx.Cli.Bench;

/// <summary>Everything that a benchmark found out.</summary>
/// <param name="Machine">What it ran on.</param>
/// <param name="Models">One model, or the two that were compared.</param>
/// <param name="LeftOut">Usual lengths that were left out.</param>
/// <param name="ResidentBytes">Memory of the process when everything had been measured, all models opened.</param>
internal sealed record BenchmarkReport(
    MachineDescription Machine, IReadOnlyList<BenchmarkedModel> Models, IReadOnlyList<LeftOutLength> LeftOut, long ResidentBytes);
