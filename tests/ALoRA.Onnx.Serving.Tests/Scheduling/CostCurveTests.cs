using ALoRA.Onnx.Serving.Scheduling;

namespace ALoRA.Onnx.Serving.Tests.Scheduling;

[TestClass]
public sealed class CostCurveTests
{
    [TestMethod]
    [DataRow(0, 0.0)]
    [DataRow(1, 10.0, DisplayName = "below the smallest")]
    [DataRow(2, 10.0)]
    [DataRow(3, 15.0, DisplayName = "between")]
    [DataRow(4, 20.0)]
    [DataRow(8, 24.0)]
    [DataRow(12, 28.0, DisplayName = "behind the largest")]
    public void At_Measured_IsOnStraightLines(int count, double expected) =>
        Assert.AreEqual(expected, new CostCurve([new(8, 24), new(2, 9), new(2, 11), new(4, 20)]).At(count), 1e-9);

    [TestMethod]
    public void At_LastLineFalls_StaysWhereItEnds() => Assert.AreEqual(20, new CostCurve([new(1, 30), new(2, 20)]).At(9), 1e-9);

    [TestMethod]
    public void At_OnePoint_GrowsInProportion() => Assert.AreEqual(40, new CostCurve([new(2, 10)]).At(8), 1e-9);

    [TestMethod]
    [DataRow(0, 1.0)]
    [DataRow(1, 0.0)]
    [DataRow(1, double.NaN)]
    [DataRow(1, double.PositiveInfinity)]
    public void New_ImpossiblePoint_IsRefused(int count, double milliseconds)
    {
        ArgumentException exception = Assert.ThrowsExactly<ArgumentException>(() => new CostCurve([new(2, 3), new(count, milliseconds)]));
        Assert.Contains($"ms for {count}", exception.Message);
    }

    [TestMethod]
    public void New_NoPoint_IsRefused() => Assert.ThrowsExactly<ArgumentException>(() => new CostCurve([]));

    [TestMethod]
    public void ChunkWithin_AnyTime_IsTheLargestThatFits()
    {
        StepCosts costs = new(
            new CostCurve([new(1, 1)]), new CostCurve([new(1, 1)]), new CostCurve([new(1, 10), new(64, 40), new(512, 700)]));
        for (int time = 0; time < 900; time += 7)
        {
            int expected = Enumerable.Range(0, 601).Last(tokens => costs.Chunks.At(tokens) <= time);
            Assert.AreEqual(expected, costs.ChunkWithin(time, 600));
        }
    }

    [TestMethod]
    public void Splits_AnyCurve_AreTheCheapestOfAllPartitions()
    {
        Random random = new(3);
        for (int round = 0; round < 50; round++)
        {
            CostCurve curve = new(Enumerable.Range(1, 9).Select(rows => new StepCost(rows, 5 + random.Next(60))));
            RunSplits splits = new(curve, 9);
            for (int rows = 1; rows <= 9; rows++)
            {
                double best = Partitions(rows).Min(parts => parts.Sum(curve.At));
                Assert.IsTrue(splits.Cost(rows) >= best - 1e-9 && splits.Cost(rows) <= (best / 0.95 / 0.95 / 0.95) + 1e-9);
                double sum = 0;
                for (int left = rows; left > 0; left -= splits.First(left))
                {
                    sum += curve.At(splits.First(left));
                }

                Assert.AreEqual(splits.Cost(rows), sum, 1e-9);
            }
        }
    }

    private static IEnumerable<int[]> Partitions(int rows) => rows == 0
        ? [[]]
        : Enumerable.Range(1, rows).SelectMany(first => Partitions(rows - first).Select(rest => (int[])[first, .. rest]));
}
