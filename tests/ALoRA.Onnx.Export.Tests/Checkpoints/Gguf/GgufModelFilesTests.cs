using ALoRA.Onnx.Export.Checkpoints;
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
    public void FindIn_FirstPartMissing_IsThePartThatIsThere()
    {
        using TemporaryFolder folder = new();
        Write(folder["m-00002-of-00002.gguf"], 1, 2, 2, "b");

        Assert.AreEqual(folder["m-00002-of-00002.gguf"], GgufModelFiles.FindIn(folder.Path));
        Assert.Contains(
            "'m-00001-of-00002.gguf' are missing",
            Assert.ThrowsExactly<CheckpointFormatException>(() => CheckpointReader.Open(folder.Path)).Message);
    }

    [TestMethod]
    public void FindIn_PartsOfAnotherModelBesideAModel_ListsBoth()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["a.gguf"], "");
        File.WriteAllText(folder["b-00002-of-00003.gguf"], "");
        File.WriteAllText(folder["b-00003-of-00003.gguf"], "");

        Assert.Contains(
            "2 GGUF models: 'a.gguf', 'b-00002-of-00003.gguf'",
            Assert.ThrowsExactly<CheckpointFormatException>(() => GgufModelFiles.FindIn(folder.Path)).Message);
    }

    [TestMethod]
    [DataRow(3u)]
    [DataRow((uint)int.MaxValue)]
    public void Open_AnotherNumberOfPartsThanInTheName_IsRefusedBeforeAnyIsLookedFor(uint count)
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(
            folder["m-00001-of-00002.gguf"], new GgufBuilder().With("split.no", 0u).With("split.count", count).ToBytes());

        Assert.Contains(
            $"is one of {count} parts, but its name",
            Assert.ThrowsExactly<CheckpointFormatException>(() => GgufModelFiles.Open(folder["m-00001-of-00002.gguf"])).Message);
    }

    [TestMethod]
    [DataRow("tiny-00001-of-00003.gguf")]
    [DataRow("tiny-00003-of-00003.gguf")]
    [DataRow("")]
    public void Open_ModelInParts_IsTheModelInOneFile(string opened)
    {
        using TemporaryFolder whole = new();
        File.WriteAllBytes(whole["tiny.gguf"], TinyGguf.Make().ToBytes());
        using TemporaryFolder split = new();
        TinyGguf.WriteSplit(split.Path, 3);

        using Checkpoint expected = CheckpointReader.Open(whole["tiny.gguf"]);
        using Checkpoint actual = CheckpointReader.Open(opened.Length == 0 ? split.Path : split[opened]);

        Assert.AreEqual("tiny", actual.Name);
        JsonAssert.AreEqual(expected.Config, actual.Config, "config");
        CollectionAssert.AreEquivalent(expected.Tensors.Keys.ToArray(), actual.Tensors.Keys.ToArray());
        foreach ((string name, CheckpointTensor tensor) in expected.Tensors)
        {
            CollectionAssert.AreEqual(TensorBytes.ReadFloats(tensor), TensorBytes.ReadFloats(actual.Tensors[name]), name);
        }
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
