using ALoRA.Onnx.Training.Graphs;

namespace ALoRA.Onnx.Training.Tests.Graphs;

[TestClass]
public sealed class BatchGridTests
{
    [TestMethod]
    [DataRow(1, 8, 8)]
    [DataRow(8, 8, 8)]
    [DataRow(9, 8, 16)]
    [DataRow(30, 8, 32)]
    [DataRow(64, 8, 64)]
    [DataRow(65, 8, 80)]
    [DataRow(542, 8, 640)]
    [DataRow(513, 64, 640)]
    [DataRow(4096, 256, 4096)]
    public void Up_Size_IsAMultipleOfTheStepThatHoldsIt(int size, int step, int expected) =>
        Assert.AreEqual(expected, BatchGrid.Up(size, step));

    [TestMethod]
    public void Up_ManySizes_AreFewShapes()
    {
        int[] shapes = [.. Enumerable.Range(1, 4096).Select(size => BatchGrid.Up(size, 8)).Distinct()];
        Assert.IsLessThanOrEqualTo(40, shapes.Length);
        Assert.IsTrue(
            Enumerable.Range(1, 4096).All(size => BatchGrid.Up(size, 8) >= size && BatchGrid.Up(size, 8) <= size + 7 + (size / 3)));
    }
}
