using ALoRA.Onnx.Training.Optimization;

namespace ALoRA.Onnx.Training.Tests.Optimization;

[TestClass]
public sealed class AdamWTests
{
    private const int Length = 101;
    private const int Steps = 50;

    [TestMethod]
    [DataRow(0.0, 1.0)]
    [DataRow(0.1, 1.0)]
    [DataRow(0.1, 0.3)]
    public void Update_ManySteps_IsTheFormulaInFloat64(double decay, double factor)
    {
        Random random = new(5);
        float[] values = Numbers(random);
        double[] expected = Array.ConvertAll(values, value => (double)value);
        double[] first = new double[Length];
        double[] second = new double[Length];
        AdamW optimizer = new(new AdamWSettings(decay), [Length]);
        for (int t = 1; t <= Steps; t++)
        {
            float[] gradient = Numbers(random);
            double rate = 1e-2 * t / Steps;
            optimizer.Update([values], [gradient], rate, factor);
            for (int i = 0; i < Length; i++)
            {
                double g = gradient[i] * factor;
                expected[i] *= 1 - (rate * decay);
                first[i] = (0.9 * first[i]) + (0.1 * g);
                second[i] = (0.999 * second[i]) + (0.001 * g * g);
                expected[i] -= rate / (1 - Math.Pow(0.9, t)) * first[i]
                    / ((Math.Sqrt(second[i]) / Math.Sqrt(1 - Math.Pow(0.999, t))) + 1e-8);
            }
        }

        Assert.AreEqual(Steps, optimizer.Updates);
        for (int i = 0; i < Length; i++)
        {
            Assert.AreEqual(expected[i], values[i], 2e-6, $"element {i}");
        }
    }

    [TestMethod]
    public void Update_FirstStepOfTorch_GivesItsNumbers()
    {
        // torch.optim.AdamW([1, -2], lr=0.1, weight_decay=0.01), gradient [0.5, -3]: p·0.999 - 0.1·sign(g).
        float[] values = [1, -2];
        new AdamW(new AdamWSettings(0.01), [2]).Update([values], [[0.5f, -3]], rate: 0.1, factor: 1);
        Assert.AreEqual(0.899f, values[0], 1e-6f);
        Assert.AreEqual(-1.898f, values[1], 1e-6f);
    }

    [TestMethod]
    public void Update_OtherPlacesOfTheSameNumbers_GivesTheSameBits()
    {
        // In vectors and behind the last whole one.
        float[] values = [.. Enumerable.Repeat(0.3f, Length)];
        AdamW optimizer = new(new AdamWSettings(0.01), [Length]);
        for (int t = 1; t <= Steps; t++)
        {
            optimizer.Update([values], [[.. Enumerable.Repeat(0.7f / t, Length)]], 1e-3, 0.9);
        }

        Assert.IsTrue(values.All(value => value == values[0]), "An element depends on its place.");
        Assert.AreNotEqual(0.3f, values[0]);
    }

    [TestMethod]
    public void Update_RateZero_ChangesMomentsAlone()
    {
        float[] values = [1, 2, 3];
        AdamW optimizer = new(new AdamWSettings(0.1), [3]);
        optimizer.Update([values], [[1, 1, 1]], rate: 0, factor: 1);
        CollectionAssert.AreEqual(new float[] { 1, 2, 3 }, values);
        Assert.AreEqual(0.1f, optimizer.FirstMoments[0][0], 1e-7f);
        Assert.AreEqual(0.001f, optimizer.SecondMoments[0][2], 1e-9f);
    }

    private static float[] Numbers(Random random) => [.. Enumerable.Range(0, Length).Select(_ => (random.NextSingle() * 2) - 1)];
}
