using System.Runtime.InteropServices;

namespace ALoRA.Onnx.Export.Tests.Checkpoints.Gguf;

[TestClass]
public sealed class InterleavedRowsTests
{
    [TestMethod]
    [DataRow(8, 2, 3L)]
    [DataRow(64, 3, 5L)]
    [DataRow(128, 1, 16384L, DisplayName = "a head larger than a window")]
    [DataRow(16, 10, 16384L, DisplayName = "several windows of whole heads")]
    public void ReadRows_AnyRange_EqualsTheNaiveOrder(int headSize, int headCount, long rowLength)
    {
        int rowCount = headSize * headCount;
        float[] stored = [.. Enumerable.Range(0, (int)(rowCount * rowLength)).Select(i => (float)i)];
        float[] expected = Naive(stored, headSize, (int)rowLength);
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["a.gguf"], new GgufBuilder().WithTensor("t", [rowCount, rowLength], stored).ToBytes());
        using GgufFile file = GgufFile.Open(folder["a.gguf"]);
        CheckpointTensor tensor = file.Tensors["t"].WithInterleavedRows("q", headSize)!;

        CollectionAssert.AreEqual(expected, TensorBytes.ReadFloats(tensor));
        foreach ((int first, int count) in ((int, int)[])[(0, 1), (1, 2), (headSize / 2, headSize / 2), (rowCount - 3, 3), (0, 0)])
        {
            float[] values = new float[count * rowLength];
            tensor.ReadRowsAsFloat(first, count, values);
            CollectionAssert.AreEqual(expected[(int)(first * rowLength)..(int)((first + count) * rowLength)], values);
            byte[] bytes = new byte[values.Length * sizeof(float)];
            tensor.ReadRows(first, count, bytes);
            CollectionAssert.AreEqual(MemoryMarshal.AsBytes<float>(values).ToArray(), bytes);
        }
    }

    [TestMethod]
    public void ReadRows_Bias_MovesElements()
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["a.gguf"], new GgufBuilder().WithTensor("t", [8], [0, 1, 2, 3, 4, 5, 6, 7]).ToBytes());
        using GgufFile file = GgufFile.Open(folder["a.gguf"]);

        CollectionAssert.AreEqual(
            new float[] { 0, 2, 1, 3, 4, 6, 5, 7 }, TensorBytes.ReadFloats(file.Tensors["t"].WithInterleavedRows("q", 4)!));
    }

    [TestMethod]
    public void ReadRows_Blocks_MovesWholeRows()
    {
        byte[] blocks = [.. Enumerable.Range(0, 4).SelectMany(row => Enumerable.Repeat((byte)row, 34))];
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["a.gguf"], new GgufBuilder().WithTensor("t", TensorEncoding.Q8_0, [4, 32], blocks).ToBytes());
        using GgufFile file = GgufFile.Open(folder["a.gguf"]);

        byte[] moved = TensorBytes.Read(file.Tensors["t"].WithInterleavedRows("q", 4)!);

        CollectionAssert.AreEqual(new byte[] { 0, 2, 1, 3 }, new[] { moved[0], moved[34], moved[68], moved[102] });
    }

    [TestMethod]
    public void WithInterleavedRows_NoWholeNumberOfHeads_IsNull()
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["a.gguf"], new GgufBuilder().WithTensor("t", [6, 1], new float[6]).ToBytes());
        using GgufFile file = GgufFile.Open(folder["a.gguf"]);

        Assert.IsNull(file.Tensors["t"].WithInterleavedRows("q", 4));
    }

    // Stored: pair 0 first half, pair 0 second half, pair 1 first half, ...; wanted: first halves, then second halves.
    private static float[] Naive(float[] stored, int headSize, int rowLength)
    {
        List<float> rows = [];
        for (int head = 0; head < stored.Length / rowLength / headSize; head++)
        {
            for (int half = 0; half < 2; half++)
            {
                for (int pair = 0; pair < headSize / 2; pair++)
                {
                    int source = (head * headSize) + (2 * pair) + half;
                    rows.AddRange(stored.AsSpan(source * rowLength, rowLength));
                }
            }
        }

        return [.. rows];
    }
}
