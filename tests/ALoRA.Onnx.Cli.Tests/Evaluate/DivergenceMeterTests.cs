using ALoRA.Onnx.Cli.Evaluate;

namespace ALoRA.Onnx.Cli.Tests.Evaluate;

[TestClass]
public sealed class DivergenceMeterTests
{
    [TestMethod]
    public void Add_TwoDistributions_GivesWhatTheDefinitionsSay()
    {
        // P = (1/2, 1/4, 1/4), Q = (1/4, 1/2, 1/4), shifted by constants that must not matter.
        float[] p = [Log(0.5) + 3, Log(0.25) + 3, Log(0.25) + 3];
        float[] q = [Log(0.25) - 100, Log(0.5) - 100, Log(0.25) - 100];
        DivergenceMeter meter = new();
        meter.Add(p, q, next: 2);
        meter.Add(p, p, next: 0);
        meter.Add(p, p, next: null);

        QualityFigures figures = meter.Figures();

        Assert.AreEqual(0.25 * Math.Log(2) / 3, figures.MeanDivergence, 1e-6);
        Assert.AreEqual(0, figures.MedianDivergence, 1e-6);
        Assert.AreEqual(0.25 * Math.Log(2), figures.HighDivergence, 1e-5);
        Assert.AreEqual(2.0 / 3, figures.Agreement, 1e-12);
        Assert.AreEqual(Math.Exp((Math.Log(4) + Math.Log(2)) / 2), figures.ReferencePerplexity, 1e-5);
        Assert.AreEqual(Math.Exp((Math.Log(4) + Math.Log(2)) / 2), figures.ModelPerplexity, 1e-5);
        Assert.AreEqual(3, figures.Positions);
    }

    [TestMethod]
    public void Add_ImpossibleForOne_StaysFinite()
    {
        DivergenceMeter meter = new();
        meter.Add([0, -1000], [0, -500], next: 0);

        Assert.AreEqual(0, meter.Figures().MeanDivergence, 1e-9);
    }

    [TestMethod]
    public void Figures_Nothing_IsRefused() => Assert.ThrowsExactly<InvalidOperationException>(() => new DivergenceMeter().Figures());

    private static float Log(double value) => (float)Math.Log(value);
}
