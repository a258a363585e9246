using ALoRA.Onnx.Export.Checkpoints;

namespace ALoRA.Onnx.Export.Tests.Checkpoints.Gguf;

[TestClass]
public sealed class GgufCheckpointTests
{
    [TestMethod]
    public void Open_TinyModel_HasHuggingFaceNamesAndConfiguration()
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["tiny.gguf"], TinyGguf.Make().ToBytes());

        using Checkpoint checkpoint = CheckpointReader.Open(folder.Path);

        Assert.AreEqual("tiny", checkpoint.Name);
        Assert.AreEqual(folder.Path, checkpoint.Path);
        Assert.HasCount(11, checkpoint.Tensors);
        Assert.AreEqual("model.layers.0.mlp.down_proj.weight", checkpoint.Tensors["model.layers.0.mlp.down_proj.weight"].Name);
        Assert.AreEqual(1e-5, (double?)checkpoint.Config["rms_norm_eps"]);
        Assert.AreEqual(4, (int?)checkpoint.Config["head_dim"]);
        Assert.AreEqual(5, (int?)checkpoint.Config["vocab_size"]);
        Assert.IsTrue((bool?)checkpoint.Config["tie_word_embeddings"]);
        float[] queryRow = new float[8];
        checkpoint.Tensors["model.layers.0.self_attn.q_proj.weight"].ReadRowsAsFloat(1, 1, queryRow);
        Assert.AreEqual(16f, queryRow[0]);
    }

    [TestMethod]
    [DataRow("general.architecture", null, "'general.architecture' is missing")]
    [DataRow("general.architecture", "mamba", "expected one of llama, granite")]
    [DataRow("llama.embedding_length", null, "'llama.embedding_length' is missing")]
    [DataRow("llama.embedding_length", "8", "expected a whole number")]
    [DataRow("llama.block_count", 2147483647u, "there are 11 tensors")]
    [DataRow("llama.block_count", 0u, "there are 11 tensors")]
    [DataRow("llama.attention.head_count", 0u, "is 0")]
    [DataRow("llama.attention.head_count", 8u, "expected the same even number")]
    [DataRow("llama.attention.head_count_kv", new[] { 2, 1 }, "differs from layer to layer")]
    [DataRow("llama.attention.value_length", 2u, "expected the same even number")]
    [DataRow("llama.attention.key_length", 6u, "expected the same even number")]
    [DataRow("llama.attention.layer_norm_rms_epsilon", float.NaN, "expected a finite number")]
    [DataRow("llama.expert_count", 8u, "mixture of experts")]
    [DataRow("llama.rope.dimension_count", 2u, "expected 4")]
    [DataRow("llama.rope.scaling.type", "other", "expected none, linear or yarn")]
    public void Open_UnusableMetadata_NamesTheKey(string key, object? value, string expected)
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["tiny.gguf"], TinyGguf.Make((key, value)).ToBytes());

        string message = Assert.ThrowsExactly<CheckpointFormatException>(() => CheckpointReader.Open(folder.Path)).Message;

        Assert.Contains(expected, message);
        Assert.Contains(folder["tiny.gguf"], message);
    }

    [TestMethod]
    [DataRow("blk.0.attn_qkv.weight")]
    [DataRow("blk.1.attn_q.weight")]
    [DataRow("blk.-1.attn_q.weight")]
    [DataRow("blk.0.attn_q.scale")]
    [DataRow("blk.0.attn_q")]
    [DataRow("other")]
    public void Open_TensorWithoutPlace_IsNamed(string name)
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["tiny.gguf"], TinyGguf.Make().WithTensor(name, [1], [1]).ToBytes());

        Assert.Contains($"'{name}'", Assert.ThrowsExactly<CheckpointFormatException>(() => CheckpointReader.Open(folder.Path)).Message);
    }

    [TestMethod]
    [DataRow("linear", 4.0, null)]
    [DataRow("yarn", 4.0, 0.5)]
    public void Open_ScaledRope_IsInTheConfiguration(string type, double factor, double? attentionFactor)
    {
        List<(string, object?)> changes =
        [
            ("llama.rope.scaling.type", type), ("llama.rope.scaling.factor", (float)factor),
            ("llama.rope.scaling.original_context_length", 8u),
        ];
        if (attentionFactor is { } given)
        {
            changes.Add(("llama.rope.scaling.attn_factor", (float)given));
        }

        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["tiny.gguf"], TinyGguf.Make([.. changes]).ToBytes());
        using Checkpoint checkpoint = CheckpointReader.Open(folder.Path);

        Assert.AreEqual(type, (string?)checkpoint.Config["rope_parameters"]!["rope_type"]);
        Assert.AreEqual(factor, (double?)checkpoint.Config["rope_parameters"]!["factor"]);
        Assert.AreEqual(attentionFactor * ((0.1 * Math.Log(4)) + 1), (double?)checkpoint.Config["rope_parameters"]!["attention_factor"]);
    }

    [TestMethod]
    public void Open_TokenizerBesideTheFile_IsTakenFromAFolderOnly()
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["tiny.gguf"], TinyGguf.Make().ToBytes());
        File.WriteAllText(folder["tokenizer.json"], "{}");

        using Checkpoint fromFolder = CheckpointReader.Open(folder.Path);
        using Checkpoint fromFile = CheckpointReader.Open(folder["tiny.gguf"]);

        Assert.AreEqual(2, fromFolder.CompanionFiles["tokenizer.json"].Length);
        Assert.IsGreaterThan(2, fromFile.CompanionFiles["tokenizer.json"].Length);
    }
}
