using ALoRA.Onnx.Export.Architectures;
using Attribute = ALoRA.Onnx.Export.Graphs.Attribute;

namespace ALoRA.Onnx.Export.Tests.Training.Rules;

/// <summary>Rules of operators that move elements.</summary>
[TestClass]
public sealed class ShapeRuleTests
{
    [TestMethod]
    public void Compare_Reshape_GivesTheInputsShape()
    {
        RuleCheck check = new();
        check.Node("Reshape", [check.Trained("x", 2, 3, 4), check.Integers("shape", 0L, 0, 2, 2)], ["y"]);
        check.Weight("y", 2, 3, 2, 2);
        check.Compare("y");
    }

    [TestMethod]
    public void Compare_SplitWithAPartThatNothingReads_GivesZerosThere()
    {
        RuleCheck check = new();
        check.Node("Split", [check.Trained("x", 2, 3, 6), check.Integers("sizes", 1L, 2, 3)], ["a", "b", "c"], Attribute.Int("axis", -1));
        check.Weight("a", 2, 3, 1);
        check.Weight("c", 2, 3, 3);
        check.Compare("a", "c");
    }

    [TestMethod]
    [DataRow(-1, 2, 3, 5)]
    [DataRow(0, 4, 3, 3)]
    public void Compare_Concat_GivesEachPartItsOwn(int axis, int rows, int first, int second)
    {
        RuleCheck check = new();
        long[] left = axis == 0 ? [rows, 3] : [rows, 3, first];
        long[] right = axis == 0 ? [rows + 1, 3] : [rows, 3, second];
        check.Node("Concat", [check.Trained("a", left), check.Trained("b", right)], ["y"], Attribute.Int("axis", axis));
        check.Weight("y", axis == 0 ? [(2 * rows) + 1, 3] : [rows, 3, first + second]);
        check.Compare("y");
    }

    [TestMethod]
    public void Compare_ConcatWithAFrozenPart_GivesTheOther()
    {
        RuleCheck check = new();
        check.Node("Concat", [check.Stored("a", [2, 3, 4]), check.Trained("b", 2, 3, 2)], ["y"], Attribute.Int("axis", -1));
        check.Weight("y", 2, 3, 6);
        check.Compare("y");
    }

    [TestMethod]
    public void Compare_ReduceSum_GivesEachSummandTheSumsGradient()
    {
        RuleCheck check = new();
        check.Node("ReduceSum", [check.Trained("x", 2, 3, 4), check.Integers("axes", -1L)], ["y"], Attribute.Int("keepdims", 1));
        check.Weight("y", 2, 3, 1);
        check.Compare("y");
    }

    [TestMethod]
    public void Apply_ReduceSumWhoseAxesGo_IsRefusedByName()
    {
        RuleCheck check = new();
        check.Node("ReduceSum", [check.Trained("x", 2, 3, 4), check.Integers("axes", -1L)], ["y"], Attribute.Int("keepdims", 0));
        check.Weight("y", 2, 3);
        NotSupportedException refused = Assert.ThrowsExactly<NotSupportedException>(() => check.Compare("y"));
        StringAssert.Contains(refused.Message, "the operator ReduceSum with a sum whose axes go");
    }

    [TestMethod]
    public void Compare_RowsThatReachTheHead_GivesThemBackToTheirPlaces()
    {
        RuleCheck check = new();
        check.Given(GraphNames.InputIds, new long[8], 2, 4);
        check.Given(GraphNames.LogitsPositions, [3L, 1], 2);
        check.Node("Gather", [check.Trained("x", 2, 4, 3), GraphNames.LogitsPositions], ["y"], Attribute.Int("axis", 1));
        check.Weight("y", 2, 2, 3);
        check.Compare("y");
    }

    [TestMethod]
    public void Apply_GatherOfOtherRows_IsRefusedByName()
    {
        RuleCheck check = new();
        check.Node("Gather", [check.Trained("x", 2, 4, 3), check.Integers("rows", 1L)], ["y"], Attribute.Int("axis", 1));
        check.Weight("y", 2, 1, 3);
        NotSupportedException refused = Assert.ThrowsExactly<NotSupportedException>(() => check.Compare("y"));
        StringAssert.Contains(refused.Message, "the operator Gather with other rows than those that reach the head");
    }
}
