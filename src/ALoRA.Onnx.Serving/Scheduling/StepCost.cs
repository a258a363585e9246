namespace ALoRA.Onnx.Serving.Scheduling;

/// <summary>A measured run.</summary>
/// <param name="Count">Rows of a decode run, or tokens of a chunk; from 1.</param>
/// <param name="Milliseconds">How long it took.</param>
internal readonly record struct StepCost(int Count, double Milliseconds);
