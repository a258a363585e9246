using ALoRA.Onnx.Export.Weights;

namespace ALoRA.Onnx.Export.Quantization;

/// <summary>Parts of a projection that are quantized together, because they have the same input.</summary>
/// <param name="Weight">The projection's initializer in a float32 graph.</param>
/// <param name="Parts">The checkpoint's matrices.</param>
/// <param name="Format">How all of them are held.</param>
internal sealed record CalibrationTarget(string Weight, IReadOnlyList<CheckpointTensor> Parts, MatrixFormat.Blocks Format)
{
    public int Columns => checked((int)Parts[0].RowLength);
}
