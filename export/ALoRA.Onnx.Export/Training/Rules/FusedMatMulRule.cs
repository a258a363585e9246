using ALoRA.Onnx.Export.Graphs.Proto;
using Attribute = ALoRA.Onnx.Export.Graphs.Attribute;

namespace ALoRA.Onnx.Export.Training.Rules;

/// <summary>y = α · x · Wᵀ: dx = α · dy · W, with the same W [out, in], and dW = α · dyᵀ · x over all rows.</summary>
internal sealed class FusedMatMulRule : PlainRule
{
    protected override void Give(NodeProto node, string gradient, GradientTape tape)
    {
        (string x, string weight) = (node.Input[0], node.Input[1]);
        if (node.Int("transB") != 1 || node.Int("transA") != 0 || node.Int("transBatchA") != 0 || node.Int("transBatchB") != 0)
        {
            throw GradientRules.NoRule(node, "a product other than x·Wᵀ");
        }

        float alpha = node.Float("alpha", 1);
        tape.Give(x, () => alpha == 1
            ? tape.Nodes.Add("MatMul", [gradient, weight])
            : tape.Nodes.Add("FusedMatMul", [gradient, weight], Attribute.Float("alpha", alpha)));
        tape.Give(weight, () => tape.Nodes.Add(
            "FusedMatMul", [tape.Rows(gradient), tape.Rows(x)], Attribute.Int("transA", 1), Attribute.Float("alpha", alpha)));
    }
}
