using ALoRA.Onnx.Export.Graphs.Proto;

namespace ALoRA.Onnx.Export.Training.Rules;

/// <summary>A sum and its norm, as two operators: both summands get the sum's gradient, which has that of the norm in it.</summary>
internal sealed class SkipSimplifiedLayerNormalizationRule : GradientRule
{
    private const int Sum = 3;

    public override void Add(NodeProto node, GradientTape tape, TrainingInputs inputs)
    {
        if (node.Optional(3) is not null)
        {
            throw GradientRules.NoRule(node, "a bias in the sum");
        }

        string sum = SkippedSum.Add(node, Sum, tape);
        SimplifiedLayerNormalizationRule.Add(sum, node.Input[2], node, tape);
    }
}
