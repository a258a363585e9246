using Attribute = ALoRA.Onnx.Export.Graphs.Attribute;

namespace ALoRA.Onnx.Export.Tests.Training.Rules;

/// <summary>Rules of norms, alone and together with the sum before them.</summary>
[TestClass]
public sealed class NormRuleTests
{
    [TestMethod]
    [DataRow("SimplifiedLayerNormalization", false)]
    [DataRow("LayerNormalization", false)]
    [DataRow("LayerNormalization", true)]
    public void Compare_Norm_GivesTheInputsGradient(string operation, bool hasBias)
    {
        RuleCheck check = new();
        string[] inputs =
            [check.Trained("x", 2, 3, 6), check.Stored("w", [6]), .. hasBias ? [check.Stored("b", [6])] : Array.Empty<string>()];
        check.Node(
            operation, inputs, ["y"], Attribute.Int("axis", -1), Attribute.Float("epsilon", 1e-3f), Attribute.Int("stash_type", 1));
        check.Weight("y", 2, 3, 6);
        check.Compare("y");
    }

    [TestMethod]
    public void Compare_NormOfHeads_GivesTheInputsGradient()
    {
        RuleCheck check = new();
        check.Node(
            "LayerNormalization", [check.Trained("x", 2, 3, 2, 4), check.Stored("w", [4])], ["y"], Attribute.Int("axis", -1),
            Attribute.Float("epsilon", 1e-3f), Attribute.Int("stash_type", 1));
        check.Weight("y", 2, 3, 2, 4);
        check.Compare("y");
    }

    [TestMethod]
    [DataRow("SkipSimplifiedLayerNormalization", false, true)]
    [DataRow("SkipSimplifiedLayerNormalization", false, false)]
    [DataRow("SkipLayerNormalization", true, true)]
    [DataRow("SkipLayerNormalization", false, true)]
    public void Compare_SkippedNorm_GivesBothSummandsTheSame(string operation, bool hasBias, bool readsSum)
    {
        RuleCheck check = new();
        string[] inputs =
        [
            check.Trained("x", 2, 3, 6), check.Trained("skip", 2, 3, 6), check.Stored("w", [6]),
            .. hasBias ? [check.Stored("b", [6])] : Array.Empty<string>(),
        ];
        check.Node(operation, inputs, readsSum ? ["y", "", "", "sum"] : ["y"], Attribute.Float("epsilon", 1e-3f));
        check.Weight("y", 2, 3, 6);
        check.Weight("sum", 2, 3, 6);
        check.Compare(readsSum ? ["y", "sum"] : ["y"]);
    }

    [TestMethod]
    public void Apply_SkippedNormWithABiasInTheSum_IsRefusedByName()
    {
        RuleCheck check = new();
        string[] inputs = [check.Trained("x", 2, 3, 6), check.Trained("skip", 2, 3, 6), check.Stored("w", [6]), check.Stored("b", [6])];
        check.Node("SkipSimplifiedLayerNormalization", inputs, ["y"], Attribute.Float("epsilon", 1e-3f));
        check.Weight("y", 2, 3, 6);
        NotSupportedException refused = Assert.ThrowsExactly<NotSupportedException>(() => check.Compare("y"));
        StringAssert.Contains(refused.Message, "the operator SkipSimplifiedLayerNormalization with a bias in the sum");
    }
}
