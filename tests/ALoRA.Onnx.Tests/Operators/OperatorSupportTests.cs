using ALoRA.Onnx.Operators;

namespace ALoRA.Onnx.Tests.Operators;

[TestClass]
public sealed class OperatorSupportTests
{
    [TestMethod]
    public void Cpu_OnTheVersionOfTheTests_HasOperators()
    {
        OperatorSupport support = OperatorSupport.Cpu();
        Assert.IsNull(support.Reason);
        Assert.IsNotNull(support.Domain);
        Assert.AreSame(support, OperatorSupport.Cpu());
    }

    [TestMethod]
    public void Make_ASelfTestThatFails_GivesItsReason()
    {
        OperatorSupport support = OperatorSupport.Make(_ => throw new InvalidOperationException("the self-test gave 1 instead of 2"));
        Assert.IsNull(support.Domain);
        Assert.AreEqual("the self-test gave 1 instead of 2", support.Reason);
    }
}
