using ALoRA.Onnx.Export.Quantization;
using ALoRA.Onnx.Export.Settings;
using ALoRA.Onnx.Export.Tests.Weights;
using ALoRA.Onnx.Export.Weights;

namespace ALoRA.Onnx.Export.Tests.Quantization;

[TestClass]
public sealed class NibbleSplitterTests
{
    private const int Rows = 3;
    private const int Columns = 80;
    private const int Blocks = 5;

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Convert_RandomRows_NibblesAreThoseOfTheCodesAndZeroPoints(bool zeroPoints)
    {
        MatrixFormat.Blocks format = new(8, 16, zeroPoints, HasMinimums: false);
        Random random = new(3);
        float[] values = [.. Enumerable.Range(0, Rows * Columns).Select(_ => (float)(random.NextDouble() - 0.3))];
        byte[] whole = Convert(new BlockQuantizer(format, ActivationType.Float32, Columns, QuantizationMethod.LeastSquares), values);
        byte[] split = Convert(
            new NibbleSplitter(
                new BlockQuantizer(format, ActivationType.Float32, Columns, QuantizationMethod.LeastSquares), format, Columns),
            values);

        const int Codes = Rows * Columns;
        const int Scales = Rows * Blocks * sizeof(float);
        const int PackedZeroPoints = 3;
        for (int i = 0; i < Codes; i++)
        {
            Assert.AreEqual(whole[i] >> 4, NaiveBlocks.CodeAt(split, i, 4), $"high nibble {i}");
            Assert.AreEqual(whole[i] & 0xF, NaiveBlocks.CodeAt(split.AsSpan(Codes / 2), i, 4), $"low nibble {i}");
        }

        CollectionAssert.AreEqual(whole[Codes..(Codes + Scales)], split[Codes..(Codes + Scales)]);
        Assert.HasCount(Codes + Scales + (Rows * PackedZeroPoints * (zeroPoints ? 2 : 1)), split);
        for (int row = 0; row < Rows; row++)
        {
            ReadOnlySpan<byte> low = split.AsSpan(Codes + Scales + (row * PackedZeroPoints));
            for (int block = 0; block < Blocks; block++)
            {
                int zeroPoint = zeroPoints ? whole[Codes + Scales + (row * Blocks) + block] : 128;
                Assert.AreEqual(zeroPoint & 0xF, NaiveBlocks.CodeAt(low, block, 4));
                if (zeroPoints)
                {
                    Assert.AreEqual(zeroPoint >> 4, NaiveBlocks.CodeAt(low[(Rows * PackedZeroPoints)..], block, 4));
                }
            }
        }
    }

    private static byte[] Convert(RowConverter converter, float[] values)
    {
        byte[] output = new byte[Rows * converter.OutputRowByteLengths.Sum()];
        Array.Fill(output, (byte)0xEE);
        converter.Convert(MemoryTensor.OfFloats("weight", values, Rows, Columns), 0, Rows, new ChunkBuffers(), output);
        return output;
    }
}
