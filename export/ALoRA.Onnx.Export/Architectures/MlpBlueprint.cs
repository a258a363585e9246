using ALoRA.Onnx.Export.Configuration;

namespace ALoRA.Onnx.Export.Architectures;

/// <summary>Gated feed-forward block: <c>down(activation(gate(x)) · up(x))</c>.</summary>
/// <param name="GateUp">Gate and up projections, rows in this order.</param>
/// <param name="Down">Down projection.</param>
/// <param name="Activation">Non-linearity of the gate.</param>
internal sealed record MlpBlueprint(ProjectionBlueprint GateUp, ProjectionBlueprint Down, ActivationFunction Activation);
