using ALoRA.Onnx.Server.Models;
using ALoRA.Onnx.Serving;
using Microsoft.Extensions.Logging.Abstractions;

namespace ALoRA.Onnx.Server.Tests.Models;

[TestClass]
public sealed class MeasuredCostsTests
{
    [TestMethod]
    [DataRow(1, new[] { 1 })]
    [DataRow(6, new[] { 1, 2, 4 })]
    public async Task Of_NoFile_MeasuresSizesUpToTheRows(int mostRows, int[] expected)
    {
        AloraModel model = await DemoModel.OpenAsync();
        StepCosts costs = await OfAsync(model, new ServerOptions { MaxRows = mostRows, MeasureTime = TimeSpan.FromMilliseconds(20) });
        CollectionAssert.IsSubsetOf(costs.BaseRows.Points.Select(point => point.Count).ToArray(), expected);
        Assert.AreEqual(1, costs.AdaptedRows.Points[0].Count);
        Assert.AreEqual(16, costs.Chunks.Points[0].Count);
    }

    [TestMethod]
    public async Task Of_NoTime_LeavesItToTheEngine()
    {
        AloraModel model = await DemoModel.OpenAsync();
        Assert.IsNull(await MeasuredCosts.OfAsync(
            model, new ServerOptions { MeasureTime = TimeSpan.Zero }, NullLogger.Instance, CancellationToken.None));
    }

    [TestMethod]
    public async Task Of_File_IsReadAndNothingMeasured()
    {
        using TemporaryFolder folder = new();
        CostCurve curve = new([new StepCost(3, 7.5)]);
        new StepCosts(curve, curve, curve).Save(folder["costs.json"]);
        StepCosts costs = await OfAsync(await DemoModel.OpenAsync(), new ServerOptions { CostsFile = folder["costs.json"] });
        Assert.AreEqual(new StepCost(3, 7.5), costs.AdaptedRows.Points.Single());
        await File.WriteAllTextAsync(folder["costs.json"], "{}");
        await Assert.ThrowsExactlyAsync<ModelFormatException>(
            async () => await OfAsync(await DemoModel.OpenAsync(), new ServerOptions { CostsFile = folder["costs.json"] }));
    }

    [TestMethod]
    public async Task Of_Cancelled_Ends()
    {
        AloraModel model = await DemoModel.OpenAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(
            () => MeasuredCosts.OfAsync(model, new ServerOptions(), NullLogger.Instance, new CancellationToken(canceled: true)));
    }

    private static async Task<StepCosts> OfAsync(AloraModel model, ServerOptions options) =>
        await MeasuredCosts.OfAsync(model, options, NullLogger.Instance, CancellationToken.None)
        ?? throw new AssertFailedException("There is no table.");
}
