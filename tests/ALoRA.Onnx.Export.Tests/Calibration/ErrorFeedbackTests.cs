using ALoRA.Onnx.Export.Calibration;
using ALoRA.Onnx.Export.Quantization;
using ALoRA.Onnx.Export.Settings;
using ALoRA.Onnx.Export.Weights;

namespace ALoRA.Onnx.Export.Tests.Calibration;

[TestClass]
public sealed class ErrorFeedbackTests
{
    [TestMethod]
    [DataRow(1, 0.01f)]
    [DataRow(48, 0.01f)]
    [DataRow(48, 0.5f)]
    [DataRow(150, 0.1f)]
    public void Create_SecondMoments_FactorsMultiplyBackToThemPlusAShareOfTheMean(int size, float share)
    {
        float[] moments = Moments(size, samples: 3 * size);
        float[] expected = [.. moments];
        float mean = Enumerable.Range(0, size).Average(i => moments[(i * size) + i]);

        ErrorFeedback feedback = ErrorFeedback.Create(moments, size, share, CancellationToken.None);

        for (int i = 0; i < size; i++)
        {
            for (int j = i; j < size; j++)
            {
                double sum = Enumerable.Range(0, i + 1).Sum(b => feedback.Weights[b] * Factor(feedback, b, i) * Factor(feedback, b, j));
                double damped = expected[(i * size) + j] + (i == j ? share * mean : 0);
                Assert.AreEqual(damped, sum, 1e-4 * mean, $"[{i}, {j}]");
            }
        }
    }

    [TestMethod]
    public void Create_InputsThatAreAlwaysZero_GiveEqualWeightsAndNoFeedback()
    {
        ErrorFeedback feedback = ErrorFeedback.Create(new float[16], 4, 0.01f, CancellationToken.None);

        Assert.HasCount(1, feedback.Weights.Distinct());
        Assert.IsGreaterThan(0, feedback.Weights[0]);
        Assert.AreEqual(0, feedback.FactorsOf(0).ToArray().Max(Math.Abs));
    }

    [TestMethod]
    public void Create_NumbersThatAreNotFinite_AreRefused()
    {
        float[] moments = [1, float.NaN, float.NaN, 1];
        Assert.ThrowsExactly<InvalidOperationException>(() => ErrorFeedback.Create(moments, 2, 0.01f, CancellationToken.None));
    }

    [TestMethod]
    [DataRow(96, 32, false)]
    [DataRow(80, 32, true)]
    [DataRow(64, 16, false)]
    public void Quantize_CorrelatedInputs_OutputErrorIsFarBelowThatOfRoundToNearest(int columns, int blockSize, bool zeroPoints)
    {
        float[] moments = Moments(columns, samples: columns / 2);
        MatrixFormat.Blocks format = new(4, blockSize, zeroPoints, HasMinimums: false);
        BlockOrder order = BlockOrder.ByImportance(moments, columns, blockSize);
        ErrorFeedback feedback = ErrorFeedback.Create(order.Permute(moments), columns, 0.01f, CancellationToken.None);
        FeedbackQuantizer quantizer = new(format, BlockFit.For(QuantizationMethod.Gptq, format, ActivationType.Float32), order, feedback);
        Random random = new(3);
        double calibrated = 0;
        double nearest = 0;
        for (int row = 0; row < 16; row++)
        {
            float[] weights = [.. Enumerable.Range(0, columns).Select(_ => (float)(random.NextDouble() - 0.5))];
            int blocks = format.BlocksOf(columns);
            byte[] codes = new byte[blocks * blockSize];
            float[] scales = new float[blocks];
            byte[] zeros = new byte[blocks];
            quantizer.Quantize(weights, codes, scales, zeros, new float[quantizer.MemoryLength]);
            calibrated += OutputError(moments, weights, i => (codes[i] - zeros[i / blockSize]) * scales[i / blockSize]);

            BlockFit fit = BlockFit.For(QuantizationMethod.RoundToNearest, format, ActivationType.Float32);
            float[] padded = [.. weights, .. new float[(blocks * blockSize) - columns]];
            byte[] plainCodes = new byte[padded.Length];
            (float Scale, int ZeroPoint)[] constants = [.. Enumerable.Range(0, blocks).Select(block => fit.Quantize(
                padded.AsSpan(block * blockSize, blockSize), [], plainCodes.AsSpan(block * blockSize, blockSize)))];
            nearest += OutputError(
                moments, weights, i => (plainCodes[i] - constants[i / blockSize].ZeroPoint) * constants[i / blockSize].Scale);
        }

        Assert.IsLessThan(0.5 * nearest, calibrated);
    }

    [TestMethod]
    public void ByImportance_ShortLastBlock_PermutesRowsAndMatricesAlike()
    {
        const int Columns = 40;
        float[] moments = new float[Columns * Columns];
        for (int i = 0; i < Columns; i++)
        {
            moments[(i * Columns) + i] = i < 32 ? 2 : 1;
        }

        BlockOrder order = BlockOrder.ByImportance(moments, Columns, 32);
        float[] row = new float[Columns];
        order.PermuteRow([.. Enumerable.Range(0, Columns).Select(i => (float)i)], row);

        CollectionAssert.AreEqual((int[])[1, 0], order.Blocks.ToArray());
        CollectionAssert.AreEqual((int[])[0, 8], order.Starts.ToArray());
        Assert.AreEqual(8, order.LengthAt(0));
        Assert.AreEqual(32f, row[0]);
        Assert.AreEqual(0f, row[8]);
        Assert.AreEqual(1f, order.Permute(moments)[0]);
    }

    private static double Factor(ErrorFeedback feedback, int b, int a) => a == b ? 1 : a > b ? feedback.FactorsOf(b)[a - b - 1] : 0;

    private static double OutputError(float[] moments, float[] weights, Func<int, float> quantized)
    {
        double[] errors = [.. weights.Select((weight, i) => (double)weight - quantized(i))];
        double sum = 0;
        for (int i = 0; i < errors.Length; i++)
        {
            for (int j = 0; j < errors.Length; j++)
            {
                sum += errors[i] * moments[(i * errors.Length) + j] * errors[j];
            }
        }

        return Deviation.OrInfinite(sum);
    }

    // Inputs that share a few causes, as hidden states do.
    private static float[] Moments(int size, int samples)
    {
        Random random = new(size);
        float[][] causes = [.. Enumerable.Range(0, Math.Max(1, size / 8))
            .Select(_ => Enumerable.Range(0, size).Select(_ => (float)(random.NextDouble() - 0.5)).ToArray())];
        float[] moments = new float[size * size];
        for (int sample = 0; sample < samples; sample++)
        {
            float[] x = [.. Enumerable.Range(0, size).Select(_ => 0.2f * (float)(random.NextDouble() - 0.5))];
            foreach (float[] cause in causes)
            {
                float share = (float)(random.NextDouble() - 0.5);
                for (int i = 0; i < size; i++)
                {
                    x[i] += share * cause[i];
                }
            }

            for (int i = 0; i < size * size; i++)
            {
                moments[i] += x[i / size] * x[i % size];
            }
        }

        return moments;
    }
}
