namespace ALoRA.Onnx.Adapters;

/// <summary>One tensor of an <see cref="AdapterFile"/>.</summary>
/// <param name="Name">Name of the graph input that it is for.</param>
/// <param name="OnnxType">ONNX TensorProto data type.</param>
/// <param name="Shape">Row-major shape.</param>
/// <param name="Offset">First byte within the file.</param>
/// <param name="Length">Number of bytes.</param>
internal sealed record AdapterParameter(string Name, int OnnxType, long[] Shape, int Offset, int Length);
