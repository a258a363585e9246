using System.Text;

namespace ALoRA.Onnx.Export.Tests.Checkpoints.Safetensors;

[TestClass]
public sealed class SafetensorsFileTests
{
    [TestMethod]
    [DataRow("", 0, "starts with")]
    [DataRow("[]", 0, "starts with")]
    [DataRow(" {}", 0, "starts with")]
    [DataRow("{", 0, "JSON")]
    [DataRow("{}x", 0, "JSON")]
    [DataRow("{\"a\":1}", 0, "tensor 'a': expected an object")]
    [DataRow("{\"a\":{}}", 0, "tensor 'a' has no dtype")]
    [DataRow("{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", 4, "has no shape")]
    [DataRow("{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 0, "has no data_offsets")]
    [DataRow("{\"a\":{\"dtype\":\"F33\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "unknown dtype 'F33'")]
    [DataRow("{\"a\":{\"dtype\":\"Q4_0\",\"shape\":[32],\"data_offsets\":[0,18]}}", 18, "unknown dtype 'Q4_0'")]
    [DataRow("{\"a\":{\"dtype\":1,\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "expected a text, got 1")]
    [DataRow("{\"a\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,4]}}", 4, "got 1.5")]
    [DataRow("{\"a\":{\"dtype\":\"F32\",\"shape\":[1e0],\"data_offsets\":[0,4]}}", 4, "got 1e0")]
    [DataRow("{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}", 4, "got -1")]
    [DataRow("{\"a\":{\"dtype\":\"F32\",\"shape\":[9223372036854775808,0],\"data_offsets\":[0,0]}}", 0, "got 9223372036854775808")]
    [DataRow("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}", 4, "[begin, end]")]
    [DataRow("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}", 4, "[begin, end]")]
    [DataRow("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4, "needs 8 bytes")]
    [DataRow("{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904],\"data_offsets\":[0,0]}}", 0, "needs 18446744073709551616 bytes")]
    [DataRow("{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]}}", 0, "overflows")]
    [DataRow("{\"a\":{\"dtype\":\"F4\",\"shape\":[3],\"data_offsets\":[0,1]}}", 1, "not a whole number of bytes")]
    [DataRow("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"dtype\":\"F32\"}}", 4, "the key 'dtype' twice")]
    [DataRow(
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
        + "\"\\u0061\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[4,4]}}",
        4, "the key 'a' twice")]
    [DataRow("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8, "a hole")]
    [DataRow(
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
        8, "an overlap")]
    [DataRow("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 3, "has only 3 bytes")]
    [DataRow("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 5, "1 bytes more")]
    [DataRow("{\"__metadata__\":[]}", 0, "__metadata__: expected an object")]
    [DataRow("{\"__metadata__\":null}", 0, "__metadata__: expected an object")]
    [DataRow("{\"__metadata__\":{\"a\":1}}", 0, "__metadata__.a: expected a text")]
    [DataRow("{\"__metadata__\":{\"a\":\"\",\"a\":\"\"}}", 0, "the key 'a' twice")]
    [DataRow("{\"\\ud800\":1}", 0, "not Unicode")]
    public void Open_BrokenRule_NamesFileAndRule(string header, int dataByteLength, string expected)
    {
        using TemporaryFolder folder = new();
        string path = folder["broken.safetensors"];
        File.WriteAllBytes(path, SafetensorsBytes.Make(header, dataByteLength));

        CheckpointFormatException exception = Assert.ThrowsExactly<CheckpointFormatException>(() => SafetensorsFile.Open(path));

        Assert.Contains(expected, exception.Message);
        Assert.Contains(path, exception.Message);
    }

    [TestMethod]
    public void Open_HeaderWithInvalidUtf8_IsRefused()
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["a"], SafetensorsBytes.Make([(byte)'{', (byte)'"', 0xFF, (byte)'"', (byte)':', (byte)'1', (byte)'}'], 0));

        Assert.Contains("UTF-8", Assert.ThrowsExactly<CheckpointFormatException>(() => SafetensorsFile.Open(folder["a"])).Message);
    }

    [TestMethod]
    [DataRow(0, "8 bytes of header length")]
    [DataRow(7, "8 bytes of header length")]
    public void Open_ShorterThanTheHeaderLength_IsRefused(int length, string expected)
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["a"], new byte[length]);

        Assert.Contains(expected, Assert.ThrowsExactly<CheckpointFormatException>(() => SafetensorsFile.Open(folder["a"])).Message);
    }

    [TestMethod]
    [DataRow(100_000_001UL, "at most 100000000")]
    [DataRow(ulong.MaxValue, "at most 100000000")]
    [DataRow(3UL, "only 2 bytes follow")]
    public void Open_HeaderLengthOutOfRange_IsRefused(ulong length, string expected)
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["a"], [.. BitConverter.GetBytes(length), (byte)'{', (byte)'}']);

        Assert.Contains(expected, Assert.ThrowsExactly<CheckpointFormatException>(() => SafetensorsFile.Open(folder["a"])).Message);
    }

    [TestMethod]
    public void ReadRows_SomeRows_GivesTheirBytes()
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["a"], SafetensorsBytes.Make("{\"a\":{\"dtype\":\"I16\",\"shape\":[2,3,2],\"data_offsets\":[0,24]}}", 24));
        using SafetensorsFile file = SafetensorsFile.Open(folder["a"]);
        CheckpointTensor tensor = file.Tensors["a"];
        byte[] bytes = new byte[9];

        tensor.ReadRows(2, 2, bytes);

        CollectionAssert.AreEqual(new byte[] { 8, 9, 10, 11, 12, 13, 14, 15, 0 }, bytes);
        Assert.AreEqual(6, tensor.RowCount);
        Assert.AreEqual(4, tensor.RowByteLength);
        Assert.AreEqual(24, tensor.ByteLength);
    }

    [TestMethod]
    [DataRow(-1L, 1)]
    [DataRow(0L, 7)]
    [DataRow(7L, 0)]
    [DataRow(5L, 2)]
    [DataRow(0L, -1)]
    [DataRow(0L, 5)]
    public void ReadRows_OutOfRangeOrTooShortDestination_IsTheCallersMistake(long firstRow, int rowCount)
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["a"], SafetensorsBytes.Make("{\"a\":{\"dtype\":\"I16\",\"shape\":[6,2],\"data_offsets\":[0,24]}}", 24));
        using SafetensorsFile file = SafetensorsFile.Open(folder["a"]);

        Assert.Throws<ArgumentException>(() => file.Tensors["a"].ReadRows(firstRow, rowCount, new byte[16]));
    }

    [TestMethod]
    public void ReadRows_AfterDispose_Throws()
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["a"], SafetensorsBytes.Make("{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}}", 4));
        SafetensorsFile file = SafetensorsFile.Open(folder["a"]);
        file.Dispose();

        Assert.ThrowsExactly<ObjectDisposedException>(() => file.Tensors["a"].ReadRows(0, 1, new byte[4]));
    }

    [TestMethod]
    public void ReadRowsAsFloat_TypeWithoutConversion_NamesTensorAndType()
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["a"], SafetensorsBytes.Make("{\"a\":{\"dtype\":\"C64\",\"shape\":[1],\"data_offsets\":[0,8]}}", 8));
        using SafetensorsFile file = SafetensorsFile.Open(folder["a"]);

        string message =
            Assert.ThrowsExactly<CheckpointFormatException>(() => file.Tensors["a"].ReadRowsAsFloat(0, 1, new float[1])).Message;

        Assert.Contains("'a'", message);
        Assert.Contains("C64", message);
    }

    [TestMethod]
    public void Tensors_InAnyOrderOfOffsets_KeepTheOrderOfTheHeader()
    {
        const string Header =
            "{\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[3,4]},"
            + "\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]}}  ";
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["a"], SafetensorsBytes.Make(Encoding.UTF8.GetBytes(Header), 4));
        using SafetensorsFile file = SafetensorsFile.Open(folder["a"]);

        CollectionAssert.AreEqual(new[] { "b", "a" }, file.Tensors.Keys.ToArray());
        CollectionAssert.AreEqual(new byte[] { 3 }, TensorBytes.Read(file.Tensors["b"]));
    }
}
