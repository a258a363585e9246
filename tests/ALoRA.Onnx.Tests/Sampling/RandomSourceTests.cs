using ALoRA.Onnx.Sampling;

namespace ALoRA.Onnx.Tests.Sampling;

[TestClass]
public sealed class RandomSourceTests
{
    [TestMethod]
    public void NextDouble_KnownSeed_GivesTheNumbersOfTheAlgorithm()
    {
        // SplitMix64 from 0 gives this state (values of its authors' reference code): the first output is rotl(s1 * 5, 7) * 9.
        const ulong Second = 0x6E789E6AA1B965F4;
        double expected = ((System.Numerics.BitOperations.RotateLeft(unchecked(Second * 5), 7) * 9) >> 11) / (double)(1UL << 53);
        Assert.AreEqual(expected, new RandomSource(0).NextDouble());
    }

    [TestMethod]
    public void NextDouble_ManyNumbers_AreUniform()
    {
        RandomSource random = new(1);
        int[] bins = new int[20];
        for (int i = 0; i < 200_000; i++)
        {
            double value = random.NextDouble();
            Assert.IsTrue(value is >= 0 and < 1);
            bins[(int)(value * bins.Length)]++;
        }

        Assert.IsTrue(bins.All(count => Math.Abs(count - 10_000) < 600), string.Join(", ", bins));
    }

    [TestMethod]
    public void NextDouble_NoSeed_DiffersEachTime()
    {
        Assert.AreNotEqual(new RandomSource(null).NextDouble(), new RandomSource(null).NextDouble());
    }
}
