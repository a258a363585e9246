using System.Text;
using ALoRA.Onnx.Export.Checkpoints;

namespace ALoRA.Onnx.Export.Tests.Checkpoints.HuggingFace;

[TestClass]
public sealed class HuggingFaceFolderTests
{
    [TestMethod]
    public void Open_Shards_JoinsTheirTensors()
    {
        using TemporaryFolder folder = Sharded("{\"weight_map\":{\"a\":\"one.safetensors\",\"b\":\"two.safetensors\"}}");
        TestCheckpoint.WriteShard(folder["one.safetensors"], "a");
        TestCheckpoint.WriteShard(folder["two.safetensors"], "b");

        using Checkpoint checkpoint = CheckpointReader.Open(folder.Path);

        CollectionAssert.AreEquivalent(new[] { "a", "b" }, checkpoint.Tensors.Keys.ToArray());
        CollectionAssert.AreEqual("b"u8.ToArray(), TensorBytes.Read(checkpoint.Tensors["b"]));
        Assert.AreEqual(Path.GetFileName(folder.Path), checkpoint.Name);
    }

    [TestMethod]
    public void Open_ShardsThatDoNotAgreeWithTheIndex_ReportsEverythingTogether()
    {
        using TemporaryFolder folder = Sharded(
            "{\"weight_map\":{\"a\":\"one.safetensors\",\"b\":\"one.safetensors\",\"c\":\"two.safetensors\",\"d\":\"three.safetensors\"}}");
        TestCheckpoint.WriteShard(folder["one.safetensors"], "a", "x");
        TestCheckpoint.WriteShard(folder["two.safetensors"], "c", "a");

        string message = Assert.ThrowsExactly<CheckpointFormatException>(() => CheckpointReader.Open(folder.Path)).Message;

        Assert.Contains("one.safetensors lacks 'b'", message);
        Assert.Contains("one.safetensors has 'x'", message);
        Assert.Contains("two.safetensors has 'a'", message);
        Assert.Contains("shard three.safetensors is missing", message);
    }

    [TestMethod]
    [DataRow("../one.safetensors")]
    [DataRow("/one.safetensors")]
    [DataRow("sub/one.safetensors")]
    [DataRow("..\\one.safetensors")]
    [DataRow("C:one.safetensors")]
    [DataRow("..")]
    [DataRow("")]
    public void Open_ShardOutsideTheFolder_IsRefused(string shard)
    {
        using TemporaryFolder folder = Sharded($"{{\"weight_map\":{{\"a\":\"{shard.Replace("\\", "\\\\", StringComparison.Ordinal)}\"}}}}");

        Assert.Contains(
            "in the same folder", Assert.ThrowsExactly<CheckpointFormatException>(() => CheckpointReader.Open(folder.Path)).Message);
    }

    [TestMethod]
    [DataRow("{}")]
    [DataRow("{\"weight_map\":{}}")]
    [DataRow("{\"weight_map\":{\"a\":1}}")]
    [DataRow("{\"weight_map\":{\"a\":null}}")]
    [DataRow("{\"weight_map\":{\"a\":\"x\",\"a\":\"y\"}}")]
    [DataRow("[]")]
    [DataRow("{")]
    public void Open_MalformedIndex_NamesIt(string index)
    {
        using TemporaryFolder folder = Sharded(index);

        Assert.Contains(
            "model.safetensors.index.json",
            Assert.ThrowsExactly<CheckpointFormatException>(() => CheckpointReader.Open(folder.Path)).Message);
    }

    [TestMethod]
    public void Open_NoConfiguration_SaysSo()
    {
        using TemporaryFolder folder = new();
        TestCheckpoint.WriteShard(folder["model.safetensors"], "a");

        Assert.Contains("config.json", Assert.ThrowsExactly<CheckpointFormatException>(() => CheckpointReader.Open(folder.Path)).Message);
    }

    [TestMethod]
    public void Open_NoWeights_ListsWhatIsThere()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["config.json"], "{}");
        File.WriteAllText(folder["pytorch_model.bin"], "");

        Assert.Contains(
            "pytorch_model.bin", Assert.ThrowsExactly<CheckpointFormatException>(() => CheckpointReader.Open(folder.Path)).Message);
    }

    [TestMethod]
    public void Open_CompanionFiles_AreTakenAsTheyAre()
    {
        using TemporaryFolder folder = Single();
        File.WriteAllText(folder["tokenizer.json"], "{ \"a\" : 1 }\r\n");
        File.WriteAllText(folder["README.md"], "x");
        File.WriteAllText(folder["special_tokens_map.json"], "{}");
        File.WriteAllText(folder["added_tokens.json"], "{}");
        Directory.CreateDirectory(folder["additional_chat_templates"]);
        File.WriteAllText(folder["additional_chat_templates/rag.jinja"], "R");
        File.WriteAllText(folder["additional_chat_templates/notes.txt"], "x");

        using Checkpoint checkpoint = CheckpointReader.Open(folder.Path);

        CollectionAssert.AreEquivalent(
            new[] { "tokenizer.json", "special_tokens_map.json", "added_tokens.json", "additional_chat_templates/rag.jinja" },
            checkpoint.CompanionFiles.Keys.ToArray());
        Assert.AreEqual("{ \"a\" : 1 }\r\n", Encoding.UTF8.GetString(checkpoint.CompanionFiles["tokenizer.json"].Span));
    }

    [TestMethod]
    [DataRow("{\"chat_template\":\"T\"}", "T")]
    [DataRow("{\"chat_template\":[{\"name\":\"tool_use\",\"template\":\"U\"},{\"name\":\"default\",\"template\":\"T\"}]}", "T")]
    [DataRow("{\"chat_template\":[{\"name\":\"tool_use\",\"template\":\"U\"}]}", null)]
    [DataRow("{\"chat_template\":null}", null)]
    [DataRow("{}", null)]
    public void Open_TemplateInTheTokenizerConfiguration_BecomesAFile(string tokenizerConfig, string? expected)
    {
        using TemporaryFolder folder = Single();
        File.WriteAllText(folder["tokenizer_config.json"], tokenizerConfig);

        using Checkpoint checkpoint = CheckpointReader.Open(folder.Path);

        Assert.AreEqual(
            expected is not null, checkpoint.CompanionFiles.TryGetValue("chat_template.jinja", out ReadOnlyMemory<byte> template));
        Assert.AreEqual(expected ?? "", Encoding.UTF8.GetString(template.Span));
        Assert.AreEqual(
            tokenizerConfig.Contains("tool_use", StringComparison.Ordinal),
            checkpoint.CompanionFiles.ContainsKey("additional_chat_templates/tool_use.jinja"));
    }

    [TestMethod]
    public void Open_TemplateFileBesideAListInTheConfiguration_LeavesTheListWhereItIs()
    {
        using TemporaryFolder folder = Single();
        File.WriteAllText(folder["chat_template.jinja"], "F");
        File.WriteAllText(folder["tokenizer_config.json"], "{\"chat_template\":[{\"name\":\"tool_use\",\"template\":\"U\"}]}");

        using Checkpoint checkpoint = CheckpointReader.Open(folder.Path);

        CollectionAssert.AreEquivalent(
            new[] { "tokenizer_config.json", "chat_template.jinja" }, checkpoint.CompanionFiles.Keys.ToArray());
    }

    [TestMethod]
    [DataRow("../../x")]
    [DataRow("a/b")]
    [DataRow(".hidden")]
    [DataRow("")]
    public void Open_TemplateWhoseNameIsNoFileName_IsRefused(string name)
    {
        using TemporaryFolder folder = Single();
        File.WriteAllText(
            folder["tokenizer_config.json"], $"{{\"chat_template\":[{{\"name\":\"{name}\",\"template\":\"U\"}}]}}");

        Assert.Contains(
            $"the chat template '{name}'",
            Assert.ThrowsExactly<CheckpointFormatException>(() => CheckpointReader.Open(folder.Path)).Message);
    }

    [TestMethod]
    public void Open_SymlinkedCache_FollowsTheLinks()
    {
        using TemporaryFolder folder = Single();
        Directory.CreateDirectory(folder["blobs"]);
        Directory.CreateDirectory(folder["snapshot"]);
        foreach (string name in (string[])["config.json", "model.safetensors"])
        {
            File.Move(folder[name], folder["blobs", name]);
            SymbolicLinks.ToFile(folder["snapshot", name], Path.Combine("..", "blobs", name));
        }

        using Checkpoint checkpoint = CheckpointReader.Open(folder["snapshot"]);

        CollectionAssert.AreEqual("a"u8.ToArray(), TensorBytes.Read(checkpoint.Tensors["a"]));
    }

    private static TemporaryFolder Single()
    {
        TemporaryFolder folder = new();
        File.WriteAllText(folder["config.json"], "{}");
        TestCheckpoint.WriteShard(folder["model.safetensors"], "a");
        return folder;
    }

    private static TemporaryFolder Sharded(string index)
    {
        TemporaryFolder folder = new();
        File.WriteAllText(folder["config.json"], "{}");
        File.WriteAllText(folder["model.safetensors.index.json"], index);
        return folder;
    }
}
