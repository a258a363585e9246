using Attribute = ALoRA.Onnx.Export.Graphs.Attribute;
using DataType = ALoRA.Onnx.Export.Graphs.Proto.TensorProto.Types.DataType;

namespace ALoRA.Onnx.Export.Tests.Training.Rules;

/// <summary>Rules of operators that compute each element from those at its place.</summary>
[TestClass]
public sealed class ElementRuleTests
{
    [TestMethod]
    [DataRow("Sigmoid")]
    [DataRow("Tanh")]
    [DataRow("Relu")]
    public void Compare_OperatorWithOneInput_GivesTheSlope(string operation)
    {
        RuleCheck check = new();
        check.Node(operation, [check.Trained("x", 2, 3, 4)], ["y"]);
        check.Weight("y", 2, 3, 4);
        check.Compare("y");
    }

    [TestMethod]
    [DataRow("none")]
    [DataRow("tanh")]
    public void Compare_Gelu_GivesTheSlopeOfEachForm(string form)
    {
        RuleCheck check = new();
        check.Node("Mul", [check.Trained("x", 2, 3, 4), check.Stored("two", [], [2f])], ["wide"]);
        check.Node("Gelu", ["wide"], ["y"], Attribute.Text("approximate", form));
        check.Weight("y", 2, 3, 4);
        check.Compare("y");
    }

    [TestMethod]
    public void Apply_GeluOfAnotherForm_IsRefusedByName()
    {
        RuleCheck check = new();
        check.Node("Gelu", [check.Trained("x", 1, 1, 2)], ["y"], Attribute.Text("approximate", "quick"));
        check.Weight("y", 1, 1, 2);
        NotSupportedException refused = Assert.ThrowsExactly<NotSupportedException>(() => check.Compare("y"));
        StringAssert.Contains(refused.Message, "Node 'node0': there is no gradient rule for the operator Gelu with the form 'quick'");
    }

    [TestMethod]
    [DataRow("Add")]
    [DataRow("Mul")]
    public void Compare_TwoTrainedInputs_GivesBothGradients(string operation)
    {
        RuleCheck check = new();
        check.Node(operation, [check.Trained("a", 2, 3, 4), check.Trained("b", 2, 3, 4)], ["y"]);
        check.Weight("y", 2, 3, 4);
        check.Compare("y");
    }

    [TestMethod]
    [DataRow("Add")]
    [DataRow("Mul")]
    [DataRow("Div")]
    public void Compare_FrozenOperandThatIsRepeated_GivesTheOthersGradient(string operation)
    {
        RuleCheck check = new();
        check.Node(operation, [check.Trained("a", 2, 3, 4), check.Stored("w", [4], [0.5f, -2, 3, 1.5f])], ["y"]);
        check.Weight("y", 2, 3, 4);
        check.Compare("y");
    }

    [TestMethod]
    public void Compare_ValueReadTwice_AddsBothGradients()
    {
        RuleCheck check = new();
        check.Node("Sigmoid", [check.Trained("x", 2, 3, 4)], ["gate"]);
        check.Node("Mul", ["x", "gate"], ["y"]);
        check.Weight("y", 2, 3, 4);
        check.Compare("y");
    }

    [TestMethod]
    public void Apply_TrainedDivisor_IsRefusedByName()
    {
        RuleCheck check = new();
        check.Node("Div", [check.Stored("w", [4]), check.Trained("a", 2, 3, 4)], ["y"]);
        check.Weight("y", 2, 3, 4);
        NotSupportedException refused = Assert.ThrowsExactly<NotSupportedException>(() => check.Compare("y"));
        StringAssert.Contains(refused.Message, "Node 'node0': there is no gradient rule for the operator Div with a divisor");
    }

    [TestMethod]
    public void Apply_OperatorWithoutRule_IsRefusedByNodeAndOperator()
    {
        RuleCheck check = new();
        check.Node("Softplus", [check.Trained("x", 1, 2, 2)], ["y"]);
        check.Weight("y", 1, 2, 2);
        NotSupportedException refused = Assert.ThrowsExactly<NotSupportedException>(() => check.Compare("y"));
        StringAssert.Contains(refused.Message, "Node 'node0': there is no gradient rule for the operator Softplus, so that");
    }

    [TestMethod]
    public void RunInFloat32_CastToHalfAndBack_GivesTheGradientInTheInputsType()
    {
        RuleCheck check = new();
        check.Node("Cast", [check.Trained("x", 2, 3, 4)], ["half"], Attribute.Int("to", (int)DataType.Float16));
        check.Node("Cast", ["half"], ["y"], Attribute.Int("to", (int)DataType.Float));
        check.Weight("y", 2, 3, 4);
        float[] gradient = check.RunInFloat32("y")[0];
        float[] weights = check.Values("weight/y");
        for (int i = 0; i < gradient.Length; i++)
        {
            Assert.AreEqual((float)(Half)weights[i], gradient[i]);
        }
    }
}
