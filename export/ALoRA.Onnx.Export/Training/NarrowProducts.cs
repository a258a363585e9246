using ALoRA.Onnx.Export.Graphs.Proto;
using Attribute = ALoRA.Onnx.Export.Graphs.Attribute;
using DataType = ALoRA.Onnx.Export.Graphs.Proto.TensorProto.Types.DataType;

namespace ALoRA.Onnx.Export.Training;

/// <summary>
/// Takes over nodes of a graph that computes in 16 bits: products with stored weights stay in that type, between two casts,
/// as their weights would be there twice otherwise. All else, the sum that runs through the layers, norms and softmax among it,
/// is computed in float32. Nodes of a graph that computes in float32 are taken as they are.
/// </summary>
internal sealed class NarrowProducts(GradientTape tape, TrainingInputs inputs)
{
    private const int Codes = 1;
    private const int Scales = 2;

    /// <summary>Adds a node of the inference graph, and what its gradients are.</summary>
    public void Add(NodeProto node)
    {
        if (inputs.Narrow == DataType.Float)
        {
            GradientRules.Apply(node, tape, inputs);
            return;
        }

        switch (node.OpType)
        {
            case "FusedMatMul" or "MatMul" when IsNarrow(node, Codes):
            case "MatMulNBits" when IsNarrow(node, Scales):
                AddProduct(node);
                break;
            case "Gather" when IsNarrow(node, 0):
            case "GatherBlockQuantized" when IsNarrow(node, Scales):
                AddWidened(node);
                break;
            case "Cast" when (DataType)node.Int("to") == inputs.Narrow:
                NodeProto cast = node.Clone();
                cast.Attribute.Clear();
                cast.Attribute.Add(Attribute.Int("to", (int)DataType.Float));
                GradientRules.Apply(cast, tape, inputs);
                break;
            case "GroupQueryAttention":
                // Its rule reads the tables of the rotation as they are stored.
                GradientRules.Apply(node, tape, inputs);
                break;
            default:
                for (int i = 0; i < node.Input.Count; i++)
                {
                    node.Input[i] = inputs.Wide(node.Input[i]);
                }

                GradientRules.Apply(node, tape, inputs);
                break;
        }
    }

    private bool IsNarrow(NodeProto node, int input) => node.Optional(input) is { } name && inputs.IsNarrow(name);

    private void AddProduct(NodeProto node)
    {
        string narrow = $"{node.Name}/narrow";
        GradientRules.Apply(Cast(node.Input[0], narrow, inputs.Narrow), tape, inputs);
        node.Input[0] = narrow;
        AddWidened(node);
    }

    private void AddWidened(NodeProto node)
    {
        string output = node.Output[0];
        node.Output[0] = $"{node.Name}/product";
        GradientRules.Apply(node, tape, inputs);
        GradientRules.Apply(Cast(node.Output[0], output, DataType.Float), tape, inputs);
    }

    private static NodeProto Cast(string input, string output, DataType type)
    {
        NodeProto cast = new() { Name = $"{output}/cast", OpType = "Cast" };
        cast.Input.Add(input);
        cast.Output.Add(output);
        cast.Attribute.Add(Attribute.Int("to", (int)type));
        return cast;
    }
}
