using ALoRA.Onnx.Training.Optimization;

namespace ALoRA.Onnx.Training.Tests.Optimization;

[TestClass]
public sealed class GradientClipTests
{
    [TestMethod]
    public void Norm_SeveralTensors_IsThatOfAllTogether()
    {
        Random random = new(3);
        float[][] gradients = [.. new[] { 1, 7, 64, 129 }.Select(length =>
            Enumerable.Range(0, length).Select(_ => random.NextSingle() - 0.5f).ToArray())];
        double expected = Math.Sqrt(gradients.Sum(gradient => gradient.Sum(value => (double)value * value)));
        Assert.AreEqual(expected, GradientClip.Norm(gradients), 1e-12);
    }

    [TestMethod]
    [DataRow(0.5, 1.0, 1.0)]
    [DataRow(4.0, 1.0, 0.25)]
    [DataRow(4.0, null, 1.0)]
    public void Factor_Norm_BringsItDownToTheLimit(double norm, double? most, double expected) =>
        Assert.AreEqual(expected, GradientClip.Factor(norm, most), 1e-6);
}
