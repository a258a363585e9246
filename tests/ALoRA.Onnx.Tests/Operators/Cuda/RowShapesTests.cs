using ALoRA.Onnx.Operators.Cuda;

namespace ALoRA.Onnx.Tests.Operators.Cuda;

[TestClass]
public sealed class RowShapesTests
{
    [TestMethod]
    [DataRow(new long[] { 64 }, 1, 64, DisplayName = "one row")]
    [DataRow(new long[] { 2, 3, 64 }, 6, 64, DisplayName = "batch and sequence")]
    [DataRow(new long[] { 2, 0, 8 }, 0, 8, DisplayName = "no rows")]
    public void Rows_Shape_IsRowsOfAWidth(long[] shape, int rows, int width)
    {
        Assert.AreEqual(rows, RowShapes.Rows("node", "x", shape, out int found));
        Assert.AreEqual(width, found);
    }

    [TestMethod]
    [DataRow(new long[0], DisplayName = "no dimension")]
    [DataRow(new long[] { 1, 12 }, DisplayName = "not a multiple of 8")]
    [DataRow(new long[] { 1, 0 }, DisplayName = "empty rows")]
    [DataRow(new long[] { 1L << 32, 8 }, DisplayName = "too many rows")]
    [DataRow(new long[] { 1, 1L << 34 }, DisplayName = "too wide")]
    public void Rows_WrongShape_IsRefusedByName(long[] shape) =>
        Refused(() => RowShapes.Rows("LoraShrink q", "x", shape, out _), "of x", shape);

    [TestMethod]
    [DataRow(new long[] { 1, 1 }, 5, 0, DisplayName = "one for all")]
    [DataRow(new long[] { 5, 1 }, 5, 1, DisplayName = "one a row of a batch")]
    [DataRow(new long[] { 1, 5 }, 5, 1, DisplayName = "one a row of a sequence")]
    [DataRow(new long[] { 1, 1 }, 1, 0, DisplayName = "one row")]
    [DataRow(new long[] { 0 }, 0, 1, DisplayName = "no rows")]
    public void SlotStep_Shape_IsOneForAllOrOneARow(long[] shape, int rows, int step) =>
        Assert.AreEqual(step, RowShapes.SlotStep("node", shape, rows));

    [TestMethod]
    [DataRow(new long[] { 4 }, 5, DisplayName = "one too few")]
    [DataRow(new long[] { 5, 5 }, 5, DisplayName = "too many")]
    public void SlotStep_AnotherNumber_IsRefused(long[] shape, int rows) =>
        Refused(() => RowShapes.SlotStep("LoraShrink q", shape, rows), $"one number, or one for each of {rows} rows", shape);

    [TestMethod]
    [DataRow(new long[] { 2, 8, 64 }, DisplayName = "another width")]
    [DataRow(new long[] { 8, 72 }, DisplayName = "no slots")]
    public void CheckTable_AnotherShape_IsRefused(long[] shape) =>
        Refused(() => RowShapes.CheckTable("LoraShrink q", "A", shape, 2, 72), "number 2 is 72", shape);

    [TestMethod]
    [DataRow(12L, DisplayName = "not a multiple of 8")]
    [DataRow(72L, DisplayName = "above 64")]
    [DataRow(-8L, DisplayName = "below 0")]
    public void Rank_ThatNoKernelHas_IsRefused(long rank)
    {
        Assert.AreEqual(0, RowShapes.Rank("node", "B", [1, 8, 0], 0));
        Assert.AreEqual(64, RowShapes.Rank("node", "B", [1, 8, 64], 64));
        Refused(() => RowShapes.Rank("LoraShrink q", "B", [1, 8, rank], rank), "a rank of 8 to 64 in steps of 8", [1, 8, rank]);
    }

    [TestMethod]
    public void CheckRanks_AnotherNumberOfSlots_IsRefused()
    {
        RowShapes.CheckRanks("node", [3], 3);
        Refused(() => RowShapes.CheckRanks("LoraShrink q", [2], 3), "one number for each of 3 slots", [2]);
    }

    private static void Refused(Action action, string expected, long[] shape)
    {
        string message = Assert.ThrowsExactly<ArgumentException>(action).Message;
        Assert.StartsWith("LoraShrink q: expected of ", message);
        Assert.Contains(expected, message);
        Assert.Contains($"got the shape [{string.Join(", ", shape)}]", message);
    }
}
