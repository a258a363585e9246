namespace ALoRA.Onnx.Cli.Bench;

/// <summary>How one figure of one model is measured.</summary>
/// <param name="Subject">The model.</param>
/// <param name="Name">One of <see cref="Figures"/>.</param>
/// <param name="Unit">One of <see cref="Units"/>.</param>
/// <param name="RunAsync">Runs once and gives the value.</param>
/// <param name="Baseline">The figure that it is a multiple of; null for none.</param>
internal sealed record Figure(BenchmarkSubject Subject, string Name, string Unit, Func<Task<double>> RunAsync, string? Baseline = null);
