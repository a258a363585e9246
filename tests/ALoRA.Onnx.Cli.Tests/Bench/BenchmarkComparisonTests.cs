using ALoRA.Onnx.Cli.Bench;

namespace ALoRA.Onnx.Cli.Tests.Bench;

[TestClass]
public sealed class BenchmarkComparisonTests
{
    [TestMethod]
    public async Task Pairs_FiguresOfBoth_HaveTheRatioOfMedians()
    {
        Measurement onlyA = new(Figures.MemoryRead, 256, Units.GigabytesPerSecond, [30]);
        Measurement onlyB = new(Figures.Prefill, 256, Units.TokensPerSecond, [7]);
        BenchmarkComparison comparison = new(await Reports.ModelAsync(1, onlyA), await Reports.ModelAsync(0.5, onlyB));

        Assert.HasCount(6, comparison.Pairs);
        Assert.IsTrue(
            comparison.Pairs.Take(4).All(pair => pair.Ratio == 0.5 && pair.A!.Name == pair.B!.Name && pair.A.Context == pair.B.Context));
        Assert.AreEqual(new ComparedMeasurement(onlyA, null), comparison.Pairs[4]);
        Assert.AreEqual(new ComparedMeasurement(null, onlyB), comparison.Pairs[5]);
        Assert.IsNull(comparison.Pairs[4].Ratio);
        Assert.IsNull(comparison.Pairs[5].Ratio);
    }

    [TestMethod]
    public async Task RatioWithin_LoraAndAlora_IsOfTheSameContext()
    {
        BenchmarkedModel model = await Reports.ModelAsync();

        CollectionAssert.AreEqual(
            new double?[] { null, null, 10, 100 },
            model.Measurements.Select(measurement => measurement.RatioWithin(model.Measurements)).ToArray());
    }
}
