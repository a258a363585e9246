using ALoRA.Onnx.Export.Quantization;
using ALoRA.Onnx.Export.Settings;
using ALoRA.Onnx.Export.Weights;

namespace ALoRA.Onnx.Export.Tests.Quantization;

[TestClass]
public sealed class LeastSquaresFitTests
{
    private const int Blocks = 200;

    [TestMethod]
    [DataRow(false, 32, false)]
    [DataRow(true, 32, false)]
    [DataRow(false, 16, true)]
    [DataRow(true, 128, true)]
    public void Quantize_RandomBlocks_IsNeverWorseThanRoundToNearestAndMuchBetterOnAverage(bool zeroPoints, int size, bool weighted)
    {
        MatrixFormat.Blocks format = new(4, size, zeroPoints, HasMinimums: false);
        Random random = new(size);
        double fitted = 0;
        double nearest = 0;
        for (int block = 0; block < Blocks; block++)
        {
            float[] values = Gaussian(random, size);
            float[] importance = weighted ? [.. Enumerable.Range(0, size).Select(_ => (float)Math.Exp(3 * random.NextDouble()))] : [];
            double error = Error(BlockFit.For(QuantizationMethod.LeastSquares, format, ActivationType.Float32), values, importance);
            double baseline = Error(BlockFit.For(QuantizationMethod.RoundToNearest, format, ActivationType.Float32), values, importance);
            Assert.IsLessThanOrEqualTo((1.02 * baseline) + 1e-9, error, $"block {block}");
            fitted += error;
            nearest += baseline;
        }

        Assert.IsLessThan(0.95 * nearest, fitted);
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Quantize_ValuesOnAGrid_AreFoundAgain(bool zeroPoints)
    {
        int middle = zeroPoints ? 3 : 8;
        float[] values = [.. Enumerable.Range(0, 32).Select(i => 0.37f * ((i % 16) - middle))];
        byte[] codes = new byte[32];

        (float scale, int zeroPoint) =
            BlockFit.For(QuantizationMethod.LeastSquares, new MatrixFormat.Blocks(4, 32, zeroPoints, false), ActivationType.Float32)
            .Quantize(values, [], codes);

        for (int i = 0; i < values.Length; i++)
        {
            Assert.AreEqual(values[i], (codes[i] - zeroPoint) * scale, 1e-6f);
        }
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Quantize_SymmetricOrNot_IsCloseToTheBestOfAnExhaustiveSearch(bool zeroPoints)
    {
        Random random = new(7);
        MatrixFormat.Blocks format = new(4, 32, zeroPoints, HasMinimums: false);
        for (int block = 0; block < 20; block++)
        {
            float[] values = Gaussian(random, 32);
            double error = Error(BlockFit.For(QuantizationMethod.LeastSquares, format, ActivationType.Float32), values, []);
            Assert.IsLessThanOrEqualTo(1.1 * Exhaustive(values, zeroPoints), error, $"block {block}");
        }
    }

    // The naive twin: every zero point, and 1,000 scales of either sign.
    private static double Exhaustive(float[] values, bool zeroPoints)
    {
        float largest = values.Max(Math.Abs);
        double best = double.MaxValue;
        for (int zeroPoint = zeroPoints ? 0 : 8; zeroPoint <= (zeroPoints ? 15 : 8); zeroPoint++)
        {
            for (int step = -500; step <= 500; step++)
            {
                double scale = largest * step / 1500.0;
                double error = step == 0 ? double.MaxValue : values.Sum(value =>
                {
                    double code = Math.Clamp(Math.Round(value / scale), -zeroPoint, 15 - zeroPoint);
                    return (value - (code * scale)) * (value - (code * scale)) * Weight(values, value);
                });
                best = Math.Min(best, error);
            }
        }

        return best;
    }

    private static double Error(BlockFit fit, float[] values, float[] importance)
    {
        byte[] codes = new byte[values.Length];
        (float scale, int zeroPoint) = fit.Quantize(values, importance, codes);
        double error = 0;
        for (int i = 0; i < values.Length; i++)
        {
            double difference = values[i] - ((codes[i] - zeroPoint) * (double)scale);
            error += difference * difference * (importance.Length > 0 ? importance[i] : Weight(values, values[i]));
        }

        return Deviation.OrInfinite(error);
    }

    // What an error counts where no importances are given.
    private static double Weight(float[] values, float value) => (value * value) + values.Average(other => other * other);

    private static float[] Gaussian(Random random, int count) =>
        [.. Enumerable.Range(0, count).Select(
            _ => (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))];
}
