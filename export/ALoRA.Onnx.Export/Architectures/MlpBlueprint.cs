using ALoRA.Onnx.Export.Configuration;

namespace ALoRA.Onnx.Export.Architectures;

/// <summary>Feed-forward block: <c>down(activation(gate(x)) · up(x))</c>, or <c>down(activation(up(x)))</c> without a gate.</summary>
/// <param name="Up">Gate and up projections, rows in this order, or the up projection alone.</param>
/// <param name="Down">Down projection.</param>
/// <param name="Activation">Non-linearity.</param>
/// <param name="IsGated">Whether the first half of the rows of <paramref name="Up"/> is the gate.</param>
internal sealed record MlpBlueprint(ProjectionBlueprint Up, ProjectionBlueprint Down, ActivationFunction Activation, bool IsGated = true);
