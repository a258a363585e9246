using ALoRA.Onnx.Models;

namespace ALoRA.Onnx.Tests.Models;

[TestClass]
public sealed class ExternalInitializerReaderTests
{
    // graph { initializer { dims: 3, 200 data_type: FLOAT name: "w" external_data { location, offset, length } data_location: EXTERNAL } }
    private static readonly byte[] Graph = Message(7, Message(5,
        [0x0A, 3, 3, 0xC8, 1, 0x10, 1, .. Message(8, "w"u8), .. Entry("location", "model.onnx.data"), .. Entry("offset", "64"),
            .. Entry("length", "2400"), 0x70, 1]));

    [TestMethod]
    public void Parse_AnExternalInitializer_GivesItsPlaceAndShape()
    {
        ExternalInitializer initializer = ExternalInitializerReader.Parse("model.onnx", (byte[])[0x08, 10, .. Graph]).Single();
        Assert.AreEqual(
            ("w", 1, "model.onnx.data", 64L, 2400L),
            (initializer.Name, initializer.OnnxType, initializer.Location, initializer.Offset, initializer.Length));
        CollectionAssert.AreEqual(new long[] { 3, 200 }, initializer.Shape);
    }

    [TestMethod]
    public void Parse_InitializersInTheGraph_AreLeftOut() =>
        Assert.IsEmpty(ExternalInitializerReader.Parse("model.onnx", Message(7, Message(5, [0x08, 3, 0x10, 1, .. Message(8, "w"u8)]))));

    [TestMethod]
    public void Parse_DamagedBytes_AreRefusedOrRead() => Fuzzing.Check(
        Graph,
        bytes => ExternalInitializerReader.Parse("model.onnx", bytes),
        exception => exception is ModelFormatException && exception.Message.Contains("model.onnx", StringComparison.Ordinal),
        FuzzPieces.None,
        runs: 4_000);

    [TestMethod]
    public void Parse_CutAnywhere_IsRefused()
    {
        Assert.IsEmpty(ExternalInitializerReader.Parse("model.onnx", []));
        for (int length = 1; length < Graph.Length; length++)
        {
            Assert.ThrowsExactly<ModelFormatException>(
                () => ExternalInitializerReader.Parse("model.onnx", Graph.AsSpan(0, length)), $"{length} bytes");
        }
    }

    [TestMethod]
    public void Parse_OffsetThatIsNoNumber_NamesTheInitializer()
    {
        byte[] graph = Message(7, Message(5, [.. Message(8, "w"u8), .. Entry("offset", "-1"), 0x70, 1]));
        Assert.Contains(
            "'w'", Assert.ThrowsExactly<ModelFormatException>(() => ExternalInitializerReader.Parse("model.onnx", graph)).Message);
    }

    private static byte[] Entry(string key, string value) =>
        Message(13, [.. Message(1, System.Text.Encoding.UTF8.GetBytes(key)), .. Message(2, System.Text.Encoding.UTF8.GetBytes(value))]);

    private static byte[] Message(int field, ReadOnlySpan<byte> content) =>
        [(byte)((field << 3) | 2), .. Varint(content.Length), .. content];

    private static byte[] Varint(int value) => value < 128 ? [(byte)value] : [(byte)(value | 0x80), .. Varint(value >> 7)];
}
