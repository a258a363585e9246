using ALoRA.Onnx.Inference;

namespace ALoRA.Onnx.Tests.Inference;

[TestClass]
public sealed class UseGateTests
{
    [TestMethod]
    public void Enter_WhileBusy_IsRefused()
    {
        UseGate gate = new();
        gate.Enter(this);
        Assert.ThrowsExactly<InvalidOperationException>(() => gate.Enter(this));
        Assert.IsFalse(gate.Exit());
        gate.Enter(this);
    }

    [TestMethod]
    public void Close_WhileBusy_LeavesTheFreeingToTheOperation()
    {
        UseGate gate = new();
        gate.Enter(this);
        Assert.IsFalse(gate.Close());
        Assert.IsTrue(gate.Exit());
        Assert.ThrowsExactly<ObjectDisposedException>(() => gate.Enter(this));
    }

    [TestMethod]
    public void Close_Twice_FreesOnce()
    {
        UseGate gate = new();
        Assert.IsTrue(gate.Close());
        Assert.IsFalse(gate.Close());
    }
}
