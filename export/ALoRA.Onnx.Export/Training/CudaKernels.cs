using System.Collections.Frozen;
using ALoRA.Onnx.Export.Graphs.Proto;

namespace ALoRA.Onnx.Export.Training;

/// <summary>
/// Operators of training graphs for which ONNX Runtime's CUDA provider has kernels. One without would be computed by the processor, with
/// copies to and fro in each run, and without a word.
/// </summary>
internal static class CudaKernels
{
    private static readonly FrozenSet<string> Operators = new[]
    {
        "Add", "ArgMax", "Cast", "Concat", "DequantizeLinear", "Div", "Erf", "Exp", "Expand", "Flatten", "FusedMatMul", "Gather",
        "GatherBlockQuantized", "GatherElements", "Gelu", "Identity", "LayerNormalization", "LogSoftmax", "MatMul", "MatMulNBits", "Min",
        "Mul", "Neg", "OneHot", "ReduceMean", "ReduceSum", "Relu", "Reshape", "RotaryEmbedding", "ScatterElements", "Shape", "Sigmoid",
        "Sign", "SimplifiedLayerNormalization", "Slice", "Softmax", "Split", "Sqrt", "Squeeze", "Sub", "Sum", "Tanh", "Transpose",
        "Unsqueeze",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Refuses a graph that would not be computed on the device alone.</summary>
    /// <exception cref="NotSupportedException">A node's operator has no kernel there.</exception>
    public static void Check(ModelProto model)
    {
        if (model.Graph.Node.FirstOrDefault(node => !Operators.Contains(node.OpType)) is { } node)
        {
            throw new NotSupportedException(
                $"Node '{node.Name}': ONNX Runtime's CUDA provider has no kernel for the operator {node.OpType}, so "
                + "that the graph cannot be "
                + "trained there. Train on the processor, with --provider cpu.");
        }
    }
}
