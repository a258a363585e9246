using ALoRA.Onnx.Export.Checkpoints.Gguf;

namespace ALoRA.Onnx.Export.Tests.Checkpoints.Gguf;

[TestClass]
public sealed class GgufModelFilesTests
{
    [TestMethod]
    [DataRow("m-00001-of-00002.gguf")]
    [DataRow("m-00002-of-00002.gguf")]
    public void Open_AnyPartOfASplit_OpensAllInOrder(string opened)
    {
        using TemporaryFolder folder = new();
        Write(folder["m-00001-of-00002.gguf"], 0, 2, 2, "a");
        Write(folder["m-00002-of-00002.gguf"], 1, 2, 2, "b");

        IReadOnlyList<GgufFile> files = GgufModelFiles.Open(folder[opened]);

        CollectionAssert.AreEqual(new[] { "a", "b" }, files.SelectMany(file => file.Tensors.Keys).ToArray());
        Assert.AreEqual("m", GgufModelFiles.NameOf(folder[opened]));
        foreach (GgufFile file in files)
        {
            file.Dispose();
        }
    }

    [TestMethod]
    public void Open_PartsMissing_NamesThem()
    {
        using TemporaryFolder folder = new();
        Write(folder["m-00002-of-00003.gguf"], 1, 3, 3, "b");

        string message =
            Assert.ThrowsExactly<CheckpointFormatException>(() => GgufModelFiles.Open(folder["m-00002-of-00003.gguf"])).Message;

        Assert.Contains("m-00001-of-00003.gguf", message);
        Assert.Contains("m-00003-of-00003.gguf", message);
    }

    [TestMethod]
    public void Open_PartOfAnotherSplit_IsRefused()
    {
        using TemporaryFolder folder = new();
        Write(folder["m-00001-of-00002.gguf"], 0, 2, 2, "a");
        Write(folder["m-00002-of-00002.gguf"], 0, 2, 2, "b");

        Assert.Contains(
            "expected part 1 of 2",
            Assert.ThrowsExactly<CheckpointFormatException>(() => GgufModelFiles.Open(folder["m-00001-of-00002.gguf"])).Message);
    }

    [TestMethod]
    public void Open_TensorsMissing_IsRefused()
    {
        using TemporaryFolder folder = new();
        Write(folder["m-00001-of-00002.gguf"], 0, 2, 3, "a");
        Write(folder["m-00002-of-00002.gguf"], 1, 2, 3, "b");

        Assert.Contains(
            "expected 3 tensors",
            Assert.ThrowsExactly<CheckpointFormatException>(() => GgufModelFiles.Open(folder["m-00001-of-00002.gguf"])).Message);
    }

    [TestMethod]
    public void Open_RenamedPart_SaysHowItHasToBeCalled()
    {
        using TemporaryFolder folder = new();
        Write(folder["m.gguf"], 0, 2, 2, "a");

        Assert.Contains(
            "-00001-of-00002", Assert.ThrowsExactly<CheckpointFormatException>(() => GgufModelFiles.Open(folder["m.gguf"])).Message);
    }

    [TestMethod]
    public void FindIn_OneModelInParts_IsItsFirstPart()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["m-00002-of-00002.gguf"], "");
        File.WriteAllText(folder["m-00001-of-00002.gguf"], "");
        File.WriteAllText(folder["README.md"], "");

        Assert.AreEqual(folder["m-00001-of-00002.gguf"], GgufModelFiles.FindIn(folder.Path));
    }

    [TestMethod]
    public void FindIn_SeveralModels_ListsThem()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["a.gguf"], "");
        File.WriteAllText(folder["b.GGUF"], "");

        Assert.Contains(
            "'a.gguf', 'b.GGUF'", Assert.ThrowsExactly<CheckpointFormatException>(() => GgufModelFiles.FindIn(folder.Path)).Message);
    }

    [TestMethod]
    public void FindIn_NoModel_IsNull()
    {
        using TemporaryFolder folder = new();

        Assert.IsNull(GgufModelFiles.FindIn(folder.Path));
    }

    private static void Write(string path, ushort number, ushort count, int tensorCount, string tensor) => File.WriteAllBytes(
        path,
        new GgufBuilder()
            .With("split.no", number)
            .With("split.count", count)
            .With("split.tensors.count", tensorCount)
            .WithTensor(tensor, [1], [1])
            .ToBytes());
}
