namespace ALoRA.Onnx.Cli.Evaluate;

/// <summary>The result of <c>alora quality</c>.</summary>
/// <param name="Model">The model that was measured.</param>
/// <param name="Reference">What it was compared with.</param>
/// <param name="Precision">The model's precision and method, as its manifest names them.</param>
/// <param name="WeightsBytes">Size of the model's weights.</param>
/// <param name="ReferenceBytes">Size of the reference's weights.</param>
/// <param name="Figures">What was measured.</param>
internal sealed record QualityReport(
    string Model, string Reference, string Precision, long WeightsBytes, long ReferenceBytes, QualityFigures Figures);
