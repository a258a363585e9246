namespace ALoRA.Onnx.Export;

/// <summary>A float32 tensor that goes into or comes out of a calibration graph.</summary>
/// <param name="Values">The elements in row-major order; whoever receives them may keep, but not change them.</param>
/// <param name="Shape">The sizes.</param>
public sealed record CalibrationTensor(ReadOnlyMemory<float> Values, IReadOnlyList<long> Shape);
