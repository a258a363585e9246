using System.Xml.Linq;
using ALoRA.Onnx.Training.Checkpoints;
using ALoRA.Onnx.Training.Evaluation;

namespace ALoRA.Onnx.Training.Tests.Evaluation;

[TestClass]
public sealed class LossPlotTests
{
    [TestMethod]
    [DataRow(0)]
    [DataRow(1)]
    [DataRow(5_000)]
    public void Draw_AnyNumberOfSteps_IsADrawingOfFewPoints(int steps)
    {
        TrainingState state = new() { Step = steps };
        state.Steps.AddRange(Enumerable.Range(1, steps).Select(step => new StepFigures(step, 1.0 / step, 1e-3, 1)));
        state.Evaluations.AddRange(steps == 0 ? [] : [new EvaluationFigures(steps, 0, 1)]);
        XElement drawing = XElement.Parse(LossPlot.Draw("a < b", state));
        Assert.AreEqual("svg", drawing.Name.LocalName);
        string points = drawing.Elements().First(element => element.Name.LocalName == "polyline").Attribute("points")!.Value;
        Assert.IsLessThanOrEqualTo(600, points.Split(' ').Length);
        Assert.IsFalse(points.Contains("NaN", StringComparison.Ordinal));
    }
}
