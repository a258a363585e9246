using System.Runtime.InteropServices;
using ALoRA.Onnx.Export.Quantization;
using ALoRA.Onnx.Export.Settings;
using ALoRA.Onnx.Export.Tests.Weights;
using ALoRA.Onnx.Export.Weights;

namespace ALoRA.Onnx.Export.Tests.Quantization;

/// <summary>Blocks taken over against the values that GGUF defines for them.</summary>
[TestClass]
public sealed class GgufBlocksTests
{
    private const int Rows = 3;
    private const int Columns = 96;

    [TestMethod]
    public void Convert_Q4_0_HoldsTheSameValues()
    {
        (byte[] bytes, Half[] scales) = RandomBlocks(18);
        float[] expected = Values((block, i) => (float)scales[block] * (Nibble(bytes, (block * 18) + 2, i) - 8));
        CollectionAssert.AreEqual(expected, TakeOver(TensorEncoding.Q4_0, bytes));
    }

    [TestMethod]
    public void Convert_Q8_0_HoldsTheSameValues()
    {
        (byte[] bytes, Half[] scales) = RandomBlocks(34);
        float[] expected = Values((block, i) => (float)scales[block] * (sbyte)bytes[(block * 34) + 2 + i]);
        CollectionAssert.AreEqual(expected, TakeOver(TensorEncoding.Q8_0, bytes));
    }

    [TestMethod]
    public void Convert_Q4_1_HoldsTheSameValuesUpToTheSumsRounding()
    {
        (byte[] bytes, Half[] scales) = RandomBlocks(20, minimum: true);
        float[] expected = Values((block, i) =>
            ((float)scales[block] * Nibble(bytes, (block * 20) + 4, i)) + (float)MemoryMarshal.Read<Half>(bytes.AsSpan((block * 20) + 2)));

        float[] actual = TakeOver(TensorEncoding.Q4_1, bytes);

        for (int i = 0; i < expected.Length; i++)
        {
            Assert.AreEqual(expected[i], actual[i], 2e-6f);
        }
    }

    [TestMethod]
    public void FormatOf_OtherEncodings_IsNull()
    {
        foreach (TensorEncoding encoding in Enum.GetValues<TensorEncoding>()
            .Except([TensorEncoding.Q4_0, TensorEncoding.Q4_1, TensorEncoding.Q8_0]))
        {
            Assert.IsNull(GgufBlocks.FormatOf(encoding), encoding.FormatName());
        }
    }

    private static float[] TakeOver(TensorEncoding encoding, byte[] bytes)
    {
        GgufBlocks converter = new(encoding, ActivationType.Float32, Columns);
        byte[] stored = new byte[Rows * converter.OutputRowByteLengths.Sum()];
        converter.Convert(MemoryTensor.OfBytes("weight", encoding, bytes, Rows, Columns), 0, Rows, new ChunkBuffers(), stored);
        return NaiveBlocks.Dequantize(GgufBlocks.FormatOf(encoding)!, Columns, Rows, stored);
    }

    // GGUF: elements 0 to 15 are the low nibbles of the 16 bytes, 16 to 31 the high ones.
    private static int Nibble(byte[] bytes, int start, int i) => (bytes[start + (i % 16)] >> (4 * (i / 16))) & 0xF;

    private static float[] Values(Func<int, int, float> value) =>
        [.. Enumerable.Range(0, Rows * Columns).Select(i => value(i / 32, i % 32))];

    private static (byte[] Bytes, Half[] Scales) RandomBlocks(int blockByteLength, bool minimum = false)
    {
        Random random = new(blockByteLength);
        int blocks = Rows * Columns / 32;
        byte[] bytes = new byte[blocks * blockByteLength];
        random.NextBytes(bytes);
        Half[] scales = [.. Enumerable.Range(0, blocks).Select(_ => (Half)(random.NextDouble() - 0.5))];
        for (int block = 0; block < blocks; block++)
        {
            MemoryMarshal.Write(bytes.AsSpan(block * blockByteLength), scales[block]);
            if (minimum)
            {
                MemoryMarshal.Write(bytes.AsSpan((block * blockByteLength) + 2), (Half)(random.NextDouble() - 0.5));
            }
        }

        return (bytes, scales);
    }
}
