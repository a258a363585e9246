using ALoRA.Onnx.Sampling;

namespace ALoRA.Onnx.Tests.Sampling;

[TestClass]
public sealed class RandomSourceTests
{
    // Chi-square of 99 degrees of freedom is above 149 once in a thousand times, and below 60 as seldom.
    private const int Bins = 100;
    private const double Largest = 149.4;
    private const double Smallest = 60.3;

    // 0 is mixed to 0, and these are the first outputs that the authors' reference code gives for that state.
    [TestMethod]
    public void At_SeedThatMixesToItself_GivesTheNumbersOfTheAlgorithm()
    {
        Assert.AreEqual((0xE220A8397B1DCDAFUL >> 11) / (double)(1UL << 53), new RandomSource(0).At(0));
        Assert.AreEqual((0x6E789E6AA1B965F4UL >> 11) / (double)(1UL << 53), new RandomSource(0).At(1));
    }

    [TestMethod]
    public void At_AnySeed_IsThatOutputOfTheNaiveSequence()
    {
        Assert.AreEqual(Twin(42, 7, 0), new RandomSource(42).At(7));
        Assert.AreEqual(Twin(-1, 131_071, 3), new RandomSource(-1).At(131_071, 3));
        Assert.AreEqual(Twin(long.MinValue, int.MaxValue, 0), new RandomSource(long.MinValue).At(int.MaxValue));
    }

    [TestMethod]
    public void At_AnyOrder_GivesTheSameNumber()
    {
        RandomSource random = new(5);
        double[] forward = [.. Enumerable.Range(0, 100).Select(position => random.At(position))];
        for (int position = 99; position >= 0; position--)
        {
            Assert.AreEqual(forward[position], new RandomSource(5).At(position));
        }
    }

    [TestMethod]
    [DataRow(0, DisplayName = "positions of a seed")]
    [DataRow(1, DisplayName = "seeds at a position")]
    [DataRow(2, DisplayName = "draws of a position")]
    public void At_ManyNumbers_AreUniform(int kind)
    {
        int[] counts = new int[Bins];
        for (int i = 0; i < 100_000; i++)
        {
            counts[(int)(Number(kind, i) * Bins)]++;
        }

        AssertUniform(counts, 1_000);
    }

    // Pairs of numbers fall evenly into the squares of a grid, whatever their distance.
    [TestMethod]
    [DataRow(0, 1)]
    [DataRow(0, 2)]
    [DataRow(0, 1_024)]
    [DataRow(1, 1)]
    [DataRow(1, 1_000)]
    [DataRow(2, 1)]
    public void At_Neighbours_AreIndependent(int kind, int distance)
    {
        int[] counts = new int[Bins];
        for (int i = 0; i < 100_000; i++)
        {
            counts[((int)(Number(kind, i) * 10) * 10) + (int)(Number(kind, i + distance) * 10)]++;
        }

        AssertUniform(counts, 1_000);
    }

    // Seeds that are a multiple of the increment apart are one sequence of SplitMix64, shifted, if they are not mixed first.
    [TestMethod]
    public void At_SeedsAnIncrementApart_ShareNoNumber()
    {
        long next = unchecked((long)0x9E3779B97F4A7C15);
        HashSet<double> numbers = [.. Enumerable.Range(0, 1_000).Select(position => new RandomSource(0).At(position))];
        Assert.IsFalse(Enumerable.Range(0, 1_000).Any(position => numbers.Contains(new RandomSource(next).At(position))));
    }

    [TestMethod]
    public void At_NoSeed_DiffersEachTime()
    {
        Assert.AreNotEqual(new RandomSource(null).At(0), new RandomSource(null).At(0));
    }

    private static double Number(int kind, int i) => kind switch
    {
        0 => new RandomSource(1).At(i),
        1 => new RandomSource(i).At(100),
        _ => new RandomSource(1).At(100, i),
    };

    private static void AssertUniform(int[] counts, double expected)
    {
        double chiSquare = counts.Sum(count => (count - expected) * (count - expected) / expected);
        Assert.IsTrue(chiSquare is > Smallest and < Largest, $"chi-square {chiSquare}");
    }

    // SplitMix64 as its reference code has it: a state that is advanced number by number is here advanced at once.
    private static double Twin(long seed, int position, int draw)
    {
        System.Numerics.BigInteger modulus = System.Numerics.BigInteger.One << 64;
        System.Numerics.BigInteger index = (new System.Numerics.BigInteger(draw) << 32) + position + 1;
        System.Numerics.BigInteger state = Mix(unchecked((ulong)seed)) + (index * 0x9E3779B97F4A7C15);
        return (Mix((ulong)(state % modulus)) >> 11) / (double)(1UL << 53);
    }

    private static ulong Mix(ulong z)
    {
        z = unchecked((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9);
        z = unchecked((z ^ (z >> 27)) * 0x94D049BB133111EB);
        return z ^ (z >> 31);
    }
}
