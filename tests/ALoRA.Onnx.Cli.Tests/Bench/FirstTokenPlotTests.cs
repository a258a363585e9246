using System.Globalization;
using System.Xml.Linq;
using ALoRA.Onnx.Cli.Bench;

namespace ALoRA.Onnx.Cli.Tests.Bench;

[TestClass]
public sealed class FirstTokenPlotTests
{
    [TestMethod]
    public async Task Draw_OneModel_HasACurveEachOnLogarithmicAxes()
    {
        XDocument plot = XDocument.Parse(FirstTokenPlot.Draw(Reports.Of([], await Reports.ModelAsync())));

        XElement[] curves = [.. Named(plot, "polyline")];
        Assert.HasCount(2, curves);
        (double X, double Y)[] lora = PointsOf(curves[0]);
        (double X, double Y)[] alora = PointsOf(curves[1]);
        Assert.HasCount(4, Named(plot, "circle").ToArray());

        // Ten times the time is the same distance everywhere: from aLoRA to LoRA at 256 tokens, and between the points of LoRA.
        Assert.AreEqual(alora[0].Y - lora[0].Y, lora[0].Y - lora[1].Y, 1e-2);
        Assert.AreEqual(alora[0].Y, alora[1].Y, 1e-2);
        Assert.AreEqual(lora[0].X, alora[0].X, 1e-9);
        Assert.IsGreaterThan(lora[0].X, lora[1].X);
        string[] texts = [.. Named(plot, "text").Select(text => text.Value)];
        string[] all =
        [
            "256", "512", "1,024", "1 ms", "10 ms", "100 ms", "1 s", "2 ms", "20 ms", "200 ms", "LoRA", "aLoRA",
            "tokens in the conversation", "a processor, ONNX Runtime 1.0",
        ];
        foreach (string expected in all)
        {
            Assert.Contains(expected, texts);
        }
    }

    [TestMethod]
    public async Task Draw_TwoModels_TellsThemApart()
    {
        XDocument plot = XDocument.Parse(FirstTokenPlot.Draw(Reports.Of([], await Reports.ModelAsync(), await Reports.ModelAsync(3))));

        CollectionAssert.AreEqual(
            new[] { "none", "6 4", "none", "6 4" },
            Named(plot, "polyline").Select(curve => curve.Attribute("stroke-dasharray")!.Value).ToArray());
        string[] texts = [.. Named(plot, "text").Select(text => text.Value)];
        foreach (string expected in new[] { "LoRA (A)", "LoRA (B)", "aLoRA (A)", "aLoRA (B)" })
        {
            Assert.Contains(expected, texts);
        }

        Assert.IsTrue(texts.Any(text => text.StartsWith("A: demo-checkpoint", StringComparison.Ordinal)));
        Assert.IsTrue(texts.Any(text => text.StartsWith("B: demo-checkpoint", StringComparison.Ordinal)));
    }

    [TestMethod]
    public async Task Draw_FiguresThatWereNotMeasured_LeavesThemOut()
    {
        Measurement[] more =
            [new(Figures.AsLora, 2048, Units.Milliseconds, [0, 0]), new(Figures.AsAlora, 2048, Units.Milliseconds, [0, 5])];
        XDocument plot = XDocument.Parse(FirstTokenPlot.Draw(Reports.Of([], await Reports.ModelAsync(1, more))));
        XDocument nothing = XDocument.Parse(FirstTokenPlot.Draw(Reports.Of([], await Reports.ModelAsync(0))));

        int[] points = [.. Named(plot, "polyline").Select(curve => PointsOf(curve).Length)];
        CollectionAssert.AreEqual(new[] { 2, 3 }, points);
        Assert.IsTrue(Named(plot, "polyline").SelectMany(PointsOf).All(point => double.IsFinite(point.X) && double.IsFinite(point.Y)));
        Assert.IsEmpty(Named(nothing, "circle").ToArray());
    }

    [TestMethod]
    [DataRow(new double[] { }, 10, new double[] { 1, 10 })]
    [DataRow(new double[] { 1000 }, 10, new double[] { 1000, 10000 })]
    [DataRow(new double[] { 1, 1000 }, 10, new double[] { 1, 10, 100, 1000 })]
    [DataRow(new double[] { 0.5, 11 }, 10, new double[] { 0.1, 1, 10, 100 })]
    [DataRow(new double[] { 300, 1024 }, 2, new double[] { 256, 512, 1024 })]
    public void LogAxis_Values_LieBetweenItsTicks(double[] values, int logBase, double[] ticks)
    {
        LogAxis axis = new(values, logBase, start: 100, end: 10);

        double[] got = [.. axis.Ticks];
        Assert.HasCount(ticks.Length, got);
        Assert.IsTrue(ticks.Zip(got).All(pair => Math.Abs(pair.First - pair.Second) <= 1e-9 * pair.First));
        Assert.AreEqual(100, axis.Of(ticks[0]), 1e-9);
        Assert.AreEqual(10, axis.Of(ticks[^1]), 1e-9);
        Assert.IsTrue(values.All(value => axis.Of(value) is >= 10 - 1e-9 and <= 100 + 1e-9));
    }

    private static IEnumerable<XElement> Named(XDocument plot, string name) =>
        plot.Descendants().Where(element => element.Name.LocalName == name);

    private static (double X, double Y)[] PointsOf(XElement curve) =>
    [
        .. curve.Attribute("points")!.Value.Split(' ').Select(point => point.Split(',')).Select(parts =>
            (double.Parse(parts[0], CultureInfo.InvariantCulture), double.Parse(parts[1], CultureInfo.InvariantCulture))),
    ];
}
