using Microsoft.ML.OnnxRuntime.Tensors;

namespace ALoRA.Onnx.Operators;

/// <summary>An input or output of an operator.</summary>
/// <param name="Type">Type of its elements.</param>
/// <param name="IsOptional">Whether a node may leave it out; only the last ones.</param>
/// <param name="IsOnHost">Whether an operator of a device gets it in the process's memory; inputs only.</param>
internal readonly record struct OperatorValue(TensorElementType Type, bool IsOptional = false, bool IsOnHost = false);
