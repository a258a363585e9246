namespace ALoRA.Onnx.Export.Tests.Checkpoints.Gguf;

[TestClass]
public sealed class GgufFileTests
{
    [TestMethod]
    public void Open_AllValueTypes_GivesThemAsClrTypes()
    {
        object[] values =
        [
            (byte)200, (sbyte)-56, (ushort)60000, (short)-5, uint.MaxValue, -7, ulong.MaxValue, long.MinValue, 0.5f, 0.1, true, "é",
        ];
        using TemporaryFolder folder = new();
        GgufBuilder builder = new();
        for (int i = 0; i < values.Length; i++)
        {
            builder.With($"scalar.{i}", values[i]);
            Array array = Array.CreateInstance(values[i].GetType(), 2);
            array.SetValue(values[i], 1);
            array.SetValue(values[i] is string ? "" : Activator.CreateInstance(values[i].GetType()), 0);
            builder.With($"array.{i}", array);
        }

        builder.With("nested", new object[] { new[] { 1, 2 }, new[] { "a" } }).With("empty", Array.Empty<string>());
        File.WriteAllBytes(folder["a.gguf"], builder.ToBytes());

        using GgufFile file = GgufFile.Open(folder["a.gguf"]);

        for (int i = 0; i < values.Length; i++)
        {
            Assert.AreEqual(values[i], file.Metadata[$"scalar.{i}"]);
            Assert.AreEqual(values[i], ((Array)file.Metadata[$"array.{i}"]).GetValue(1));
            Assert.AreEqual(values[i].GetType(), file.Metadata[$"array.{i}"].GetType().GetElementType());
        }

        CollectionAssert.AreEqual(new[] { "a" }, (string[])((object[])file.Metadata["nested"])[1]);
        Assert.IsEmpty((string[])file.Metadata["empty"]);
    }

    [TestMethod]
    public void ReadRows_Tensors_GivesRowMajorShapesAndTheirBytes()
    {
        using TemporaryFolder folder = new();
        GgufBuilder builder = new GgufBuilder { Alignment = 64 }.With("general.alignment", 64u);
        builder.WithTensor("a", [2, 3], [1, 2, 3, 4, 5, 6]).WithTensor("b", [], [7]);
        File.WriteAllBytes(folder["a.gguf"], builder.ToBytes());
        using GgufFile file = GgufFile.Open(folder["a.gguf"]);
        float[] row = new float[3];

        file.Tensors["a"].ReadRowsAsFloat(1, 1, row);

        CollectionAssert.AreEqual(new float[] { 4, 5, 6 }, row);
        CollectionAssert.AreEqual(new long[] { 2, 3 }, file.Tensors["a"].Shape.ToArray());
        CollectionAssert.AreEqual(new float[] { 7 }, TensorBytes.ReadFloats(file.Tensors["b"]));
    }

    [TestMethod]
    [DynamicData(nameof(Malformed))]
    public void Open_BrokenRule_NamesFileAndRule(string expected, byte[] bytes)
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["a.gguf"], bytes);

        string message = Assert.ThrowsExactly<CheckpointFormatException>(() => GgufFile.Open(folder["a.gguf"])).Message;

        Assert.Contains(expected, message);
        Assert.Contains(folder["a.gguf"], message);
    }

    public static IEnumerable<(string Expected, byte[] Bytes)> Malformed =>
    [
        ("expected the bytes 'GGUF'", new GgufBuilder { Magic = 1 }.ToBytes()),
        ("got version 1", new GgufBuilder { Version = 1 }.ToBytes()),
        ("got version 4", new GgufBuilder { Version = 4 }.ToBytes()),
        ("big-endian", new GgufBuilder { Version = 0x03000000 }.ToBytes()),
        ("the number of tensors", new GgufBuilder { TensorCount = 1UL << 60 }.ToBytes()),
        ("the number of tensors", new GgufBuilder { TensorCount = 1 }.ToBytes()),
        ("the number of metadata entries", new GgufBuilder { MetadataCount = 1 }.ToBytes()),
        ("the file ends within", new GgufBuilder { MetadataCount = 2 }.With("a", new int[5]).ToBytes()),
        ("a key of 0 characters", new GgufBuilder().With("", "long enough").ToBytes()),
        ("'a' at offset", new GgufBuilder().With("a", 1u).With("a", 2u).ToBytes()),
        ("the value type 13", new GgufBuilder().With("a", new GgufBuilder.Raw([13, 0, 0, 0, 0])).ToBytes()),
        ("the element type 13",
            new GgufBuilder().With("a", new GgufBuilder.Raw([9, 0, 0, 0, 13, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])).ToBytes()),
        ("the length of 'a'", new GgufBuilder().With("a", new GgufBuilder.Raw([8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 16])).ToBytes()),
        ("the length of the array 'a'",
            new GgufBuilder().With("a", new GgufBuilder.Raw([9, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 16])).ToBytes()),
        ("the length of the array 'a'",
            new GgufBuilder().With("a", new GgufBuilder.Raw([9, 0, 0, 0, 6, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])).ToBytes()),
        ("expected 0 or 1", new GgufBuilder().With("a", new GgufBuilder.Raw([7, 0, 0, 0, 2])).ToBytes()),
        ("not UTF-8", new GgufBuilder().With("a", new GgufBuilder.Raw([8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0xFF])).ToBytes()),
        ("nests arrays deeper", new GgufBuilder().With("a", Nested(20)).ToBytes()),
        ("expected a power of two", new GgufBuilder().With("general.alignment", 0u).ToBytes()),
        ("expected a power of two", new GgufBuilder().With("general.alignment", 24u).ToBytes()),
        ("expected a 32-bit unsigned number", new GgufBuilder().With("general.alignment", 32UL).ToBytes()),
        ("occurs twice", new GgufBuilder().WithTensor("t", [1], [1]).WithTensor("t", [1], [1]).ToBytes()),
        ("longer than 64 bytes", new GgufBuilder().WithTensor(new string('t', 65), [1], [1]).ToBytes()),
        ("5 dimensions", new GgufBuilder().WithEntry("t", 0, [1, 1, 1, 1, 1], 0).WithData(4).ToBytes()),
        ("the type 4", new GgufBuilder().WithEntry("t", 4, [32], 0).WithData(64).ToBytes()),
        ("multiple of the alignment", new GgufBuilder().WithEntry("t", 0, [1], 8).WithData(64).ToBytes()),
        ("multiple of 32", new GgufBuilder().WithEntry("t", 8, [48], 0).WithData(64).ToBytes()),
        ("overflows", new GgufBuilder().WithEntry("t", 0, [1UL << 32, 1UL << 32], 0).WithData(64).ToBytes()),
        ("overflows", new GgufBuilder().WithEntry("t", 0, [1UL << 62], 0).WithData(64).ToBytes()),
        ("a dimension of", new GgufBuilder().WithEntry("t", 0, [1UL << 63], 0).WithData(64).ToBytes()),
        ("which has 64 bytes", new GgufBuilder().WithEntry("t", 0, [17], 0).WithData(64).ToBytes()),
        ("which has 64 bytes", new GgufBuilder().WithEntry("t", 0, [1], 64).WithData(64).ToBytes()),
        ("within tensor 't'", new GgufBuilder().WithEntry("t", 0, [16], 0).WithEntry("u", 0, [8], 32).WithData(64).ToBytes()),
    ];

    [TestMethod]
    public void Open_EveryTruncation_IsRefused()
    {
        using TemporaryFolder folder = new();
        byte[] bytes = new GgufBuilder().With("a", "text").With("b", new[] { 1, 2 }).WithTensor("t", [3], [1, 2, 3]).ToBytes();
        for (int length = 0; length < bytes.Length; length++)
        {
            File.WriteAllBytes(folder["a.gguf"], bytes[..length]);
            Assert.ThrowsExactly<CheckpointFormatException>(() => GgufFile.Open(folder["a.gguf"]), $"{length} of {bytes.Length} bytes");
        }
    }

    private static object Nested(int depth) => depth == 0 ? new[] { 1 } : new object[] { Nested(depth - 1) };
}
