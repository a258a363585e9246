namespace ALoRA.Onnx.Serving.Tests.Measuring;

[TestClass]
public sealed class StepCostMeterTests
{
    [TestMethod]
    public async Task Measure_DemoModel_HasEverySize()
    {
        using StepCostMeter meter = new(
            await DemoModel.OpenAsync(), new StepCostMeterOptions { Rows = [4, 1, 4], ContextTokens = 20, Chunks = [8, 3] });
        Assert.HasCount(4, meter.Adapters);
        for (int round = 0; round < 2; round++)
        {
            StepCosts costs = await meter.MeasureAsync();
            CollectionAssert.AreEqual(new[] { 1, 4 }, costs.BaseRows.Points.Select(point => point.Count).ToArray());
            CollectionAssert.AreEqual(new[] { 1, 4 }, costs.AdaptedRows.Points.Select(point => point.Count).ToArray());
            CollectionAssert.AreEqual(new[] { 3, 8 }, costs.Chunks.Points.Select(point => point.Count).ToArray());
        }
    }

    [TestMethod]
    public async Task Measure_NoAdapters_AssumesASurcharge()
    {
        using StepCostMeter meter = new(
            await DemoModel.OpenAsync(), new StepCostMeterOptions { Rows = [2], ContextTokens = 20, Chunks = [4], Adapters = [] });
        StepCosts costs = await meter.MeasureAsync();
        Assert.AreEqual(1.2 * costs.BaseRows.At(2), costs.AdaptedRows.At(2), 1e-9);
    }

    [TestMethod]
    public async Task Measure_NoTime_MeasuresTheSmallestSizes()
    {
        using StepCostMeter meter = new(
            await DemoModel.OpenAsync(),
            new StepCostMeterOptions { Rows = [1, 2, 4], ContextTokens = 20, Chunks = [4, 8], Adapters = ["certainty"] });
        StepCosts costs = await meter.MeasureAsync(TimeSpan.Zero);
        Assert.AreEqual((1, 1), (costs.BaseRows.Points.Single().Count, costs.AdaptedRows.Points.Single().Count));
        Assert.AreEqual(4, costs.Chunks.Points.Single().Count);
    }

    [TestMethod]
    public async Task New_SizesOutOfRange_AreRefused()
    {
        AloraModel model = await DemoModel.OpenAsync();
        AssertRefused(new StepCostMeterOptions { Rows = [] }, "Rows must be at least one size");
        AssertRefused(new StepCostMeterOptions { Rows = [257] }, "Rows must be from 1 to 256");
        AssertRefused(new StepCostMeterOptions { Chunks = [0] }, "Chunks must be from 1 to");
        AssertRefused(new StepCostMeterOptions { ContextTokens = model.MaxLength }, "ContextTokens must be from 1 to");
        Assert.ThrowsExactly<AdapterNotFoundException>(() => new StepCostMeter(model, new StepCostMeterOptions { Adapters = ["nobody"] }));

        void AssertRefused(StepCostMeterOptions options, string sentence) => Assert.Contains(
            sentence, Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new StepCostMeter(model, options)).Message);
    }

    [TestMethod]
    public async Task Dispose_Adapters_AreGivenBack()
    {
        using AloraModel model = await DemoModel.OpenOwnAsync();
        using (StepCostMeter meter = new(
            model, new StepCostMeterOptions { Rows = [1], ContextTokens = 4, Chunks = [1], Adapters = ["certainty"] }))
        {
            await meter.MeasureAsync();
            Assert.ThrowsExactly<InvalidOperationException>(() => model.Adapters.Unload("certainty"));
        }

        model.Adapters.Unload("certainty");
    }
}
