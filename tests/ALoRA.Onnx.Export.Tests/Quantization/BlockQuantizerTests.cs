using System.Runtime.InteropServices;
using ALoRA.Onnx.Export.Quantization;
using ALoRA.Onnx.Export.Settings;
using ALoRA.Onnx.Export.Tests.Weights;
using ALoRA.Onnx.Export.Weights;

namespace ALoRA.Onnx.Export.Tests.Quantization;

[TestClass]
public sealed class BlockQuantizerTests
{
    [TestMethod]
    [DataRow(4, 32, false, 64)]
    [DataRow(4, 32, true, 64)]
    [DataRow(8, 32, false, 64)]
    [DataRow(8, 32, true, 64)]
    [DataRow(4, 16, false, 48)]
    [DataRow(4, 128, true, 256)]
    [DataRow(4, 32, true, 80)]
    [DataRow(8, 256, false, 300)]
    [DataRow(4, 16, true, 17)]
    public void Convert_RandomRows_EveryValueIsWithinHalfAStepOfTheOriginal(int bits, int blockSize, bool zeroPoints, int columns)
    {
        const int Rows = 5;
        Random random = new(bits + blockSize + columns);
        float[] values = [.. Enumerable.Range(0, Rows * columns).Select(i => (float)(random.NextDouble() - 0.4) * (1 + (i / columns)))];
        MatrixFormat.Blocks format = new(bits, blockSize, zeroPoints, HasMinimums: false);

        byte[] stored = Quantize(format, values, Rows, columns);

        float[] dequantized = NaiveBlocks.Dequantize(format, columns, Rows, stored);
        float[] scales = Scales(format, columns, Rows, stored);
        int blocks = format.BlocksOf(columns);
        for (int i = 0; i < values.Length; i++)
        {
            float scale = Math.Abs(scales[(i / columns * blocks) + (i % columns / blockSize)]);

            // Symmetric 4-bit codes reach one step less on the side opposite to the largest magnitude.
            float allowed = bits == 4 && !zeroPoints ? 1.001f * scale : 0.501f * scale;
            Assert.AreEqual(values[i], dequantized[i], allowed + 1e-7f, $"element {i}");
        }
    }

    [TestMethod]
    public void Convert_SymmetricInt4_LargestMagnitudeBecomesTheLowestCodeAndNeighboursShareAByte()
    {
        float[] values = new float[32];
        values[0] = 0.5f;
        values[1] = -0.25f;
        values[2] = -4f;
        values[31] = 3.9f;

        byte[] stored = Quantize(new MatrixFormat.Blocks(4, 32, false, false), values, 1, 32);

        // Scale 4/8: codes 9, 8 (-0.5 rounds up), 0, and 15 instead of 15.8.
        Assert.AreEqual(0.5f, MemoryMarshal.Read<float>(stored.AsSpan(16)));
        Assert.AreEqual(0x89, stored[0]);
        Assert.AreEqual(0x80, stored[1]);
        Assert.AreEqual(0xF8, stored[15]);
        Assert.AreEqual(0x88, stored[7]);
    }

    [TestMethod]
    public void Convert_AsymmetricInt4OfThreeBlocks_ZeroPointsShareBytesLowNibbleFirst()
    {
        float[] values = [.. Enumerable.Repeat(0f, 16), .. Ramp(-1, 14), .. Ramp(-15, 0)];

        byte[] stored = Quantize(new MatrixFormat.Blocks(4, 16, true, false), values, 1, 48);

        int zeroPoints = 24 + (3 * sizeof(float));
        Assert.AreEqual(0x10, stored[zeroPoints]);
        Assert.AreEqual(0x0F, stored[zeroPoints + 1]);
        Assert.HasCount(zeroPoints + 2, stored);
        CollectionAssert.AreEqual(new byte[] { 0x10, 0x32 }, stored[8..10]);
        CollectionAssert.AreEqual(values, NaiveBlocks.Dequantize(new MatrixFormat.Blocks(4, 16, true, false), 48, 1, stored));
    }

    [TestMethod]
    [DataRow(4, false)]
    [DataRow(4, true)]
    [DataRow(8, false)]
    [DataRow(8, true)]
    public void Convert_ZerosAndSubnormals_GiveZeros(int bits, bool zeroPoints)
    {
        float[] values = new float[64];
        values[40] = float.Epsilon;
        MatrixFormat.Blocks format = new(bits, 32, zeroPoints, HasMinimums: false);

        float[] dequantized = NaiveBlocks.Dequantize(format, 64, 1, Quantize(format, values, 1, 64));

        Assert.IsTrue(dequantized.All(value => Math.Abs(value) <= float.Epsilon));
    }

    [TestMethod]
    [DataRow(float.NaN)]
    [DataRow(float.PositiveInfinity)]
    [DataRow(float.NegativeInfinity)]
    public void Convert_ValueThatIsNotFinite_IsRefusedWithTheTensorsName(float value)
    {
        foreach (bool zeroPoints in (bool[])[false, true])
        {
            float[] values = new float[32];
            values[3] = value;
            CheckpointFormatException error = Assert.ThrowsExactly<CheckpointFormatException>(
                () => Quantize(new MatrixFormat.Blocks(4, 32, zeroPoints, false), values, 1, 32));
            StringAssert.Contains(error.Message, "'weight'", StringComparison.Ordinal);
        }
    }

    [TestMethod]
    public void Convert_Float16Scales_CodesFitTheRoundedScale()
    {
        float[] values = [.. Ramp(-1.003f, 0.9f, 32)];
        MatrixFormat.Blocks format = new(8, 32, false, false);
        BlockQuantizer quantizer = new(format, ActivationType.Float16, 32, QuantizationMethod.RoundToNearest);
        byte[] stored = new byte[quantizer.OutputRowByteLengths.Sum()];
        quantizer.Convert(MemoryTensor.OfFloats("weight", values, 1, 32), 0, 1, new ChunkBuffers(), stored);

        float scale = (float)MemoryMarshal.Read<Half>(stored.AsSpan(32));
        for (int i = 0; i < values.Length; i++)
        {
            Assert.AreEqual(values[i], (stored[i] - 128) * scale, 0.501f * scale);
        }
    }

    private static byte[] Quantize(MatrixFormat.Blocks format, float[] values, int rows, int columns)
    {
        BlockQuantizer quantizer = new(format, ActivationType.Float32, columns, QuantizationMethod.RoundToNearest);
        byte[] stored = new byte[rows * quantizer.OutputRowByteLengths.Sum()];
        quantizer.Convert(MemoryTensor.OfFloats("weight", values, rows, columns), 0, rows, new ChunkBuffers(), stored);
        return stored;
    }

    private static float[] Scales(MatrixFormat.Blocks format, int columns, int rows, byte[] stored)
    {
        int blocks = rows * format.BlocksOf(columns);
        return MemoryMarshal.Cast<byte, float>(stored.AsSpan(blocks * format.BlockByteLength, blocks * sizeof(float))).ToArray();
    }

    private static IEnumerable<float> Ramp(int first, int last) => Enumerable.Range(first, last - first + 1).Select(i => (float)i);

    private static IEnumerable<float> Ramp(float first, float last, int count) =>
        Enumerable.Range(0, count).Select(i => first + ((last - first) * i / (count - 1)));
}
