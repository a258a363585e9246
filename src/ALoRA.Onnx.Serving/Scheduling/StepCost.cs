namespace ALoRA.Onnx.Serving;

/// <summary>How long runs of a size take.</summary>
/// <param name="Count">Rows of a decode run, or tokens of a chunk; from 1.</param>
/// <param name="Milliseconds">The time; above 0.</param>
public readonly record struct StepCost(int Count, double Milliseconds);
