namespace ALoRA.Onnx.Export.Tests.Checkpoints;

[TestClass]
public sealed class CheckpointTensorTests
{
    [TestMethod]
    public void ReadRows_FromManyThreads_GivesEachItsRows()
    {
        const int Rows = 3000;
        const int RowLength = 1000;
        using TemporaryFolder folder = new();
        WriteRows(folder["a.safetensors"], Rows, RowLength);
        using SafetensorsFile file = SafetensorsFile.Open(folder["a.safetensors"]);
        CheckpointTensor tensor = file.Tensors["t"];

        Parallel.For(0, 200, i =>
        {
            int first = i * 13 % (Rows - 50);
            byte[] bytes = new byte[50 * tensor.RowByteLength];
            float[] values = new float[50 * RowLength];
            tensor.ReadRows(first, 50, bytes);
            tensor.ReadRowsAsFloat(first, 50, values);
            for (int row = 0; row < 50; row++)
            {
                Assert.AreEqual(first + row, BitConverter.ToInt32(bytes, row * RowLength * sizeof(int)));
                Assert.AreEqual(first + row, values[(row * RowLength) + RowLength - 1]);
            }
        });
    }

    [TestMethod]
    public void ReadRowsAsFloat_TensorOfSeveralWindows_EqualsItsRowsOneByOne()
    {
        const int Rows = 2500;
        const int RowLength = 1001;
        using TemporaryFolder folder = new();
        WriteRows(folder["a.safetensors"], Rows, RowLength);
        using SafetensorsFile file = SafetensorsFile.Open(folder["a.safetensors"]);
        float[] whole = TensorBytes.ReadFloats(file.Tensors["t"]);
        float[] row = new float[RowLength];

        for (int i = 0; i < Rows; i++)
        {
            file.Tensors["t"].ReadRowsAsFloat(i, 1, row);
            Assert.IsTrue(row.AsSpan().SequenceEqual(whole.AsSpan(i * RowLength, RowLength)), $"row {i}");
        }
    }

    [TestMethod]
    public void Shape_Scalar_HasOneRowOfOneElement()
    {
        using TemporaryFolder folder = new();
        using (SafetensorsWriter writer = SafetensorsWriter.Create(folder["a"], [new("t", TensorEncoding.F32, [])]))
        {
            writer.Write(BitConverter.GetBytes(2.5f));
            writer.Complete();
        }

        using SafetensorsFile file = SafetensorsFile.Open(folder["a"]);

        Assert.AreEqual(1, file.Tensors["t"].RowCount);
        Assert.AreEqual(1, file.Tensors["t"].RowLength);
        CollectionAssert.AreEqual(new[] { 2.5f }, TensorBytes.ReadFloats(file.Tensors["t"]));
    }

    // Every element of a row is the row's number.
    private static void WriteRows(string path, int rows, int rowLength)
    {
        using SafetensorsWriter writer = SafetensorsWriter.Create(path, [new("t", TensorEncoding.I32, [rows, rowLength])]);
        byte[] bytes = new byte[rowLength * sizeof(int)];
        for (int row = 0; row < rows; row++)
        {
            for (int i = 0; i < rowLength; i++)
            {
                BitConverter.TryWriteBytes(bytes.AsSpan(i * sizeof(int)), row);
            }

            writer.Write(bytes);
        }

        writer.Complete();
    }
}
