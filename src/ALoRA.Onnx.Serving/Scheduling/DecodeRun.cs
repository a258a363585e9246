namespace ALoRA.Onnx.Serving.Scheduling;

/// <summary>One run of a graph over decode rows.</summary>
/// <param name="First">Index of its first row in <see cref="StepPlan.Rows"/>.</param>
/// <param name="Count">Its rows.</param>
/// <param name="IsAdapted">
/// Whether at least one row has an adapter: <c>model.onnx</c>, base rows with a mask of 0; else <c>base.onnx</c>.
/// </param>
internal readonly record struct DecodeRun(int First, int Count, bool IsAdapted);
