using ALoRA.Onnx.Cluster.Placement;

namespace ALoRA.Onnx.Cluster.Tests.Placement;

[TestClass]
public sealed class PlaceMemoryTests
{
    [TestMethod]
    public void Set_MoreThanItHolds_ForgetsWhatWasNotAskedForLongest()
    {
        PlaceMemory<string> memory = new(2);
        memory.Set(1, "a");
        memory.Set(2, "b");
        Assert.AreEqual("a", memory.Find(1));
        memory.Set(3, "c");
        Assert.IsNull(memory.Find(2));
        Assert.AreEqual("a", memory.Find(1));
        Assert.AreEqual("c", memory.Find(3));
        Assert.AreEqual(2, memory.Count);
    }

    [TestMethod]
    public void Set_SamePlaceAgain_IsNoNews()
    {
        PlaceMemory<string> memory = new(2);
        Assert.IsTrue(memory.Set(1, "a"));
        Assert.IsFalse(memory.Set(1, "a"));
        Assert.IsTrue(memory.Set(1, "b"));
        memory.Remove(1);
        Assert.IsNull(memory.Find(1));
    }
}
