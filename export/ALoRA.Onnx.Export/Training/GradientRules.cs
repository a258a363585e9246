using System.Collections.Frozen;
using ALoRA.Onnx.Export.Graphs.Proto;
using ALoRA.Onnx.Export.Training.Rules;

namespace ALoRA.Onnx.Export.Training;

/// <summary>The rule of each operator kind.</summary>
internal static class GradientRules
{
    private static readonly FrozenDictionary<string, GradientRule> Rules = new Dictionary<string, GradientRule>(StringComparer.Ordinal)
    {
        ["Add"] = new AddRule(),
        ["Cast"] = new CastRule(),
        ["Concat"] = new ConcatRule(),
        ["Div"] = new DivRule(),
        ["FusedMatMul"] = new FusedMatMulRule(),
        ["Gather"] = new GatherRule(),
        ["Gelu"] = new GeluRule(),
        ["GroupQueryAttention"] = new GroupQueryAttentionRule(),
        ["LayerNormalization"] = new LayerNormalizationRule(),
        ["MatMul"] = new MatMulRule(),
        ["MatMulNBits"] = new MatMulNBitsRule(),
        ["Mul"] = new MulRule(),
        ["ReduceSum"] = new ReduceSumRule(),
        ["Relu"] = new ReluRule(),
        ["Reshape"] = new ReshapeRule(),
        ["RotaryEmbedding"] = new RotaryEmbeddingRule(),
        ["Sigmoid"] = new SigmoidRule(),
        ["SimplifiedLayerNormalization"] = new SimplifiedLayerNormalizationRule(),
        ["SkipLayerNormalization"] = new SkipLayerNormalizationRule(),
        ["SkipSimplifiedLayerNormalization"] = new SkipSimplifiedLayerNormalizationRule(),
        ["Split"] = new SplitRule(),
        ["Tanh"] = new TanhRule(),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Names of the operators that have a rule.</summary>
    public static IEnumerable<string> Operators => Rules.Keys;

    /// <summary>Adds a node of the inference graph, and what its gradients are if it depends on something that is trained.</summary>
    /// <exception cref="NotSupportedException">It does, and its operator has no rule.</exception>
    public static void Apply(NodeProto node, GradientTape tape, TrainingInputs inputs)
    {
        bool isNeeded = node.Input.Any(tape.Requires);
        if (Rules.TryGetValue(node.OpType, out GradientRule? rule) && (isNeeded || rule.IsAlwaysWritten))
        {
            rule.Add(node, tape, inputs);
        }
        else if (isNeeded)
        {
            throw NoRule(node, null);
        }
        else
        {
            tape.Nodes.Add(node);
        }
    }

    /// <summary>Says that a node cannot be trained through.</summary>
    /// <param name="node">The node.</param>
    /// <param name="form">What of the operator has no rule; null for all of it.</param>
    public static NotSupportedException NoRule(NodeProto node, string? form) => new(
        $"Node '{node.Name}': there is no gradient rule for the operator {node.OpType}{(form is null ? "" : $" with {form}")}, so that the "
        + "graph cannot be trained through it. Export the checkpoint again with this version, or choose targets behind that node.");
}
