namespace ALoRA.Onnx.Training.Checkpoints;

/// <summary>What a step gave.</summary>
/// <param name="Step">Number of steps with it.</param>
/// <param name="Loss">Mean over its labels, before the update.</param>
/// <param name="Rate">Its learning rate.</param>
/// <param name="Norm">Norm of its gradients, unclipped.</param>
internal sealed record StepFigures(int Step, double Loss, double Rate, double Norm);
