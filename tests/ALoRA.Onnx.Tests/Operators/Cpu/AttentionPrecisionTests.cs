using System.Globalization;

namespace ALoRA.Onnx.Tests.Operators.Cpu;

/// <summary>
/// How far the operator and ONNX Runtime's own are from float64: rows of an engine may be no further from the truth than those of a
/// conversation alone.
/// </summary>
[TestClass]
public sealed class AttentionPrecisionTests
{
    private const int Rows = 12;

    public TestContext TestContext { get; set; } = null!;

    /// <summary>
    /// Scores that are alike, that differ much, and that are large by a few elements of all queries and keys, as real models' are.
    /// </summary>
    [TestMethod]
    [DataRow(32, 0, DisplayName = "heads of 32")]
    [DataRow(64, 0, DisplayName = "heads of 64")]
    [DataRow(128, 0, DisplayName = "heads of 128")]
    [DataRow(80, 300, DisplayName = "heads of 80, a window")]
    public void Run_LongContextsAndLargeScores_IsNoFurtherFromFloat64ThanOnnxRuntime(int size, int window)
    {
        double sum = 0;
        int cases = 0;
        foreach (int tokens in (int[])[40, 200, 1000, 4000])
        {
            foreach ((float spread, float raised) in ((float, float)[])[(1, 0), (6, 0), (2, 30), (6, 60)])
            {
                AttentionCase one = new(8, 2, size, [.. Enumerable.Repeat(new AttentionSlot(tokens + Rows), 3)], RowsBehind(tokens))
                {
                    Scale = spread / 1.33f / MathF.Sqrt(size),
                    Window = window,
                };
                (double own, double runtime) = Measure(one, raised);
                string what = string.Create(
                    CultureInfo.InvariantCulture,
                    $"{tokens} tokens, scores within {spread} and {raised} above: {own:e2} from float64, ONNX Runtime {runtime:e2}");
                TestContext.WriteLine(what);
                Assert.IsLessThan(1.25, own / runtime, what);
                sum += Math.Log(own / runtime);
                cases++;
            }
        }

        TestContext.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Math.Exp(sum / cases):f2} of ONNX Runtime's"));
        Assert.IsLessThan(0, sum);
    }

    private static (int Slot, int Position)[] RowsBehind(int tokens) =>
        [.. Enumerable.Range(0, Rows).Select(row => (row % 3, tokens + (row / 3)))];

    private static (double Own, double Runtime) Measure(AttentionCase one, float raised)
    {
        if (raised > 0)
        {
            float by = MathF.Sqrt(raised / one.Scale / 2);
            one.Raise(3, by, by);
            one.Raise(one.Size / 2, -by, -by);
        }

        float[] own = one.Compute(threads: 2);
        float[] runtime = RuntimeAttention.Compute(one);
        double[] truth = one.Expected();
        return (Distance(own, truth), Distance(runtime, truth));
    }

    private static double Distance(float[] got, double[] truth) =>
        Math.Sqrt(got.Zip(truth, (a, b) => (a - b) * (a - b)).Sum() / truth.Sum(b => b * b));
}
