using CsCheck;

namespace ALoRA.Onnx.Export.Tests.Checkpoints.Safetensors;

[TestClass]
public sealed class SafetensorsWriterTests
{
    private static readonly TensorEncoding[] Encodings = [TensorEncoding.F32, TensorEncoding.BF16, TensorEncoding.U8, TensorEncoding.I64];

    private static readonly Gen<SafetensorsDeclaration[]> Declarations = Gen.Select(
            Gen.String[Gen.Char.AlphaNumeric, 1, 8],
            Gen.Int[0, Encodings.Length - 1].Select(index => Encodings[index]),
            Gen.Long[0, 5].Array[0, 3])
        .Select((name, encoding, shape) => new SafetensorsDeclaration(name, encoding, shape))
        .Array[0, 6]
        .Select(tensors => tensors.DistinctBy(tensor => tensor.Name).ToArray());

    [TestMethod]
    public void Complete_AnyTensors_ReadsBackAsWritten()
    {
        using TemporaryFolder folder = new();
        Gen.Select(Declarations, Gen.Int).Sample(
            (tensors, seed) =>
            {
                string path = folder[$"{Guid.NewGuid():N}.safetensors"];
                Dictionary<string, byte[]> written = Write(path, tensors, seed);
                using SafetensorsFile file = SafetensorsFile.Open(path);
                return file.Metadata["made"] == "here"
                    && file.Tensors.Keys.SequenceEqual(tensors.Select(tensor => tensor.Name))
                    && tensors.All(tensor =>
                        file.Tensors[tensor.Name].Encoding == tensor.Encoding
                        && file.Tensors[tensor.Name].Shape.SequenceEqual(tensor.Shape)
                        && TensorBytes.Read(file.Tensors[tensor.Name]).SequenceEqual(written[tensor.Name]));
            },
            iter: 200,
            threads: 1);
    }

    [TestMethod]
    public void Dispose_BeforeComplete_LeavesNothing()
    {
        using TemporaryFolder folder = new();
        using (SafetensorsWriter writer = SafetensorsWriter.Create(folder["a"], [new("t", TensorEncoding.U8, [4])]))
        {
            writer.Write([1, 2]);
            Assert.AreEqual(2, writer.Remaining);
        }

        Assert.IsEmpty(Directory.GetFileSystemEntries(folder.Path));
    }

    [TestMethod]
    public void Complete_BytesMissing_IsRefused()
    {
        using TemporaryFolder folder = new();
        using SafetensorsWriter writer = SafetensorsWriter.Create(folder["a"], [new("t", TensorEncoding.U8, [4])]);

        Assert.ThrowsExactly<InvalidOperationException>(writer.Complete);
    }

    [TestMethod]
    public void Write_MoreThanDeclared_IsRefused()
    {
        using TemporaryFolder folder = new();
        using SafetensorsWriter writer = SafetensorsWriter.Create(folder["a"], [new("t", TensorEncoding.U8, [4])]);

        Assert.ThrowsExactly<InvalidOperationException>(() => writer.Write(new byte[5]));
    }

    [TestMethod]
    [DataRow("__metadata__", TensorEncoding.U8, 1L)]
    [DataRow("first", TensorEncoding.U8, 1L)]
    [DataRow("t", TensorEncoding.Q4_0, 32L)]
    [DataRow("t", TensorEncoding.F4, 3L)]
    [DataRow("t", TensorEncoding.U8, -1L)]
    [DataRow("t", TensorEncoding.F64, long.MaxValue)]
    public void Create_InvalidDeclaration_IsTheCallersMistakeAndLeavesNothing(string name, TensorEncoding encoding, long size)
    {
        using TemporaryFolder folder = new();

        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Create(
            folder["a"], [new("first", TensorEncoding.U8, []), new(name, encoding, [size])]));

        Assert.IsEmpty(Directory.GetFileSystemEntries(folder.Path));
    }

    private static Dictionary<string, byte[]> Write(string path, SafetensorsDeclaration[] tensors, int seed)
    {
        Random random = new(seed);
        Dictionary<string, byte[]> written = [];
        using SafetensorsWriter writer = SafetensorsWriter.Create(path, tensors, new Dictionary<string, string> { ["made"] = "here" });
        foreach (SafetensorsDeclaration tensor in tensors)
        {
            byte[] bytes = new byte[tensor.Shape.Aggregate(1L, (product, size) => product * size) * tensor.Encoding.BlockByteLength()];
            random.NextBytes(bytes);
            written.Add(tensor.Name, bytes);
            writer.Write(bytes.AsSpan(0, bytes.Length / 2));
            writer.Write(bytes.AsSpan(bytes.Length / 2));
        }

        writer.Complete();
        return written;
    }
}
