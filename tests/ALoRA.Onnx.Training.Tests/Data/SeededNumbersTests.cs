using ALoRA.Onnx.Training.Data;

namespace ALoRA.Onnx.Training.Tests.Data;

[TestClass]
public sealed class SeededNumbersTests
{
    [TestMethod]
    public void Next_SeedOfThePaper_GivesItsNumbers()
    {
        // Of the reference implementation by Sebastiano Vigna, seed 1234567.
        SeededNumbers numbers = new(1234567UL);
        ulong[] expected =
            [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821];
        CollectionAssert.AreEqual(expected, expected.Select(_ => numbers.Next()).ToArray());
    }

    [TestMethod]
    public void Order_Count_HasEachOnceAndDependsOnSeedAndPurpose()
    {
        int[] order = new SeededNumbers(3, "epoch 0").Order(100);
        CollectionAssert.AreEquivalent(Enumerable.Range(0, 100).ToArray(), order);
        CollectionAssert.AreEqual(order, new SeededNumbers(3, "epoch 0").Order(100));
        CollectionAssert.AreNotEqual(order, new SeededNumbers(4, "epoch 0").Order(100));
        CollectionAssert.AreNotEqual(order, new SeededNumbers(3, "epoch 1").Order(100));
    }

    [TestMethod]
    public void NextSingle_ManyNumbers_AreEvenBetweenZeroAndOne()
    {
        SeededNumbers numbers = new(0, "test");
        float[] values = [.. Enumerable.Range(0, 10_000).Select(_ => numbers.NextSingle())];
        Assert.IsTrue(values.All(value => value is >= 0 and < 1));
        Assert.AreEqual(0.5, values.Average(), 0.02);
    }
}
