namespace ALoRA.Onnx.Training.Checkpoints;

/// <summary>What an evaluation over the rows held out gave, by teacher forcing.</summary>
/// <param name="Step">Steps before it.</param>
/// <param name="Loss">Mean over all labels.</param>
/// <param name="Accuracy">Share of rows of which every label was the likeliest token.</param>
internal sealed record EvaluationFigures(int Step, double Loss, double Accuracy);
