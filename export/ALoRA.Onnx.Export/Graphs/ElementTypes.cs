using ALoRA.Onnx.Export.Graphs.Proto;
using ALoRA.Onnx.Export.Settings;

namespace ALoRA.Onnx.Export.Graphs;

/// <summary>ONNX's numbers for the element types.</summary>
internal static class ElementTypes
{
    public static TensorProto.Types.DataType ToOnnx(this ActivationType type) => type switch
    {
        ActivationType.Float32 => TensorProto.Types.DataType.Float,
        ActivationType.Float16 => TensorProto.Types.DataType.Float16,
        ActivationType.BFloat16 => TensorProto.Types.DataType.Bfloat16,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not an activation type."),
    };
}
