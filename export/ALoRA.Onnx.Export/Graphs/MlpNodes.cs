using ALoRA.Onnx.Export.Architectures;
using ALoRA.Onnx.Export.Configuration;
using ALoRA.Onnx.Export.Settings;
using DataType = ALoRA.Onnx.Export.Graphs.Proto.TensorProto.Types.DataType;

namespace ALoRA.Onnx.Export.Graphs;

/// <summary>
/// The middle of a feed-forward block: <c>activation(gate) · up</c> from the fused <c>gate|up</c> product, or <c>activation(up)</c>.
/// </summary>
internal sealed class MlpNodes(DecoderContext context)
{
    public string Activate(string path, MlpBlueprint mlp, string up)
    {
        if (!mlp.IsGated)
        {
            return Activation($"{path}/act_fn", mlp.Activation, up);
        }

        GraphBuilder graph = context.Graph;
        if (context.FusedProducts.TakesGates(mlp))
        {
            return graph.Add($"{path}/SwiGlu", "SwiGlu", [up]);
        }

        int size = mlp.Down.InputSize;
        string[] halves = graph.Add($"{path}/Split", "Split", 2, [up, graph.Vector(size, size)], Attribute.Int("axis", -1));
        return graph.Add($"{path}/Mul", "Mul", [Activation($"{path}/act_fn", mlp.Activation, halves[0]), halves[1]]);
    }

    private string Activation(string path, ActivationFunction function, string value)
    {
        GraphBuilder graph = context.Graph;
        return function switch
        {
            ActivationFunction.Silu => graph.Add($"{path}/Mul", "Mul", [value, graph.Add($"{path}/Sigmoid", "Sigmoid", [value])]),
            ActivationFunction.Gelu => Gelu(path, value, "none"),
            ActivationFunction.GeluTanh => Gelu(path, value, "tanh"),
            ActivationFunction.Relu => graph.Add($"{path}/Relu", "Relu", [value]),
            _ => throw new InvalidOperationException($"{path}: no nodes for {function}."),
        };
    }

    // FastGelu, which is the same as the form with tanh, crashes in ONNX Runtime 1.29's CUDA provider. CUDA has no bfloat16 kernel of Gelu.
    private string Gelu(string path, string value, string approximate)
    {
        GraphBuilder graph = context.Graph;
        if (graph.Activations != ActivationType.BFloat16)
        {
            return graph.Add($"{path}/Gelu", "Gelu", [value], Attribute.Text("approximate", approximate));
        }

        string wide = graph.Add($"{path}/wide/Cast", "Cast", [value], Attribute.Int("to", (int)DataType.Float));
        return graph.Add(
            $"{path}/Cast", "Cast", [graph.Add($"{path}/Gelu", "Gelu", [wide], Attribute.Text("approximate", approximate))],
            Attribute.Int("to", (int)graph.Activations.ToOnnx()));
    }
}
