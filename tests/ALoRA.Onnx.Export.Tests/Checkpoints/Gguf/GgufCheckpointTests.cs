using System.Text.Json.Nodes;
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
    [DataRow("rope.scale_linear", 4f, "linear", 4.0, DisplayName = "04-rope-old-key")]
    [DataRow("rope.scaling.factor", 8f, "linear", 8.0, DisplayName = "05-rope-no-type")]
    [DataRow("rope.scaling.factor", 6.0, "linear", 6.0, DisplayName = "06-rope-no-type-f16")]
    [DataRow("rope.scaling.factor", 0f, "default", null)]
    [DataRow("rope.scaling.factor", 1f, "default", null)]
    [DataRow("rope.scaling.type", "linear", "default", null)]
    [DataRow("rope.scaling.attn_factor", 1f, "default", null)]
    [DataRow("rope.scaling.alpha", 0f, "default", null)]
    public void Open_RopeWithOneKey_IsWhatLlamaCppMakesOfIt(string key, object value, string type, double? factor)
    {
        JsonNode rope = Rope(($"llama.{key}", value));

        Assert.AreEqual(type, (string?)rope["rope_type"]);
        Assert.AreEqual(factor, (double?)rope["factor"]);
        Assert.IsNull(rope["attention_factor"]);
    }

    [TestMethod]
    public void Open_RopeWithBothFactors_TakesTheNewerKey()
    {
        JsonNode rope = Rope(("llama.rope.scaling.factor", 2f), ("llama.rope.scale_linear", 4f));

        Assert.AreEqual(2.0, (double?)rope["factor"]);
    }

    [TestMethod]
    public void Open_RopeOfTypeNone_IsNotScaled()
    {
        JsonNode rope = Rope(("llama.rope.scaling.type", "none"), ("llama.rope.scaling.factor", 2f), ("llama.rope.scale_linear", 4f));

        Assert.AreEqual("default", (string?)rope["rope_type"]);
    }

    [TestMethod]
    [DataRow(null, 1.0)]
    [DataRow("none", 1.0)]
    [DataRow("linear", 4.0)]
    public void Open_RopeWithAnAttentionFactor_DividesAllFrequenciesAndScalesCosines(string? type, double divisor)
    {
        JsonNode rope = Rope(
            ("llama.rope.scaling.type", type), ("llama.rope.scaling.factor", type is null ? null : 4f),
            ("llama.rope.scaling.attn_factor", 0.5f));

        Assert.AreEqual("longrope", (string?)rope["rope_type"]);
        Assert.AreEqual(0.5, (double?)rope["attention_factor"]);
        JsonAssert.AreEqual(new JsonArray(divisor, divisor), rope["long_factor"], "long_factor");
        JsonAssert.AreEqual(new JsonArray(divisor, divisor), rope["short_factor"], "short_factor");
    }

    [TestMethod]
    public void Open_RopeFactorsBesideAFactor_AreMultiplied()
    {
        using TemporaryFolder folder = new();
        GgufBuilder file = TinyGguf.Make(("llama.rope.scaling.factor", 2f)).WithTensor("rope_freqs.weight", [2], [1, 3]);
        File.WriteAllBytes(folder["tiny.gguf"], file.ToBytes());
        using Checkpoint checkpoint = CheckpointReader.Open(folder.Path);

        JsonAssert.AreEqual(new JsonArray(2.0, 6.0), checkpoint.Config["rope_parameters"]!["long_factor"], "long_factor");
    }

    [TestMethod]
    [DataRow("llama.rope.scaling.factor", -2f, "expected numbers above 0")]
    [DataRow("llama.rope.scaling.attn_factor", 0f, "expected numbers above 0")]
    [DataRow("llama.rope.scaling.yarn_attn_factor", 0.5f, "'llama.rope.scaling.yarn_attn_factor' is 0.5")]
    [DataRow("llama.rope.scaling.yarn_ext_factor", 1f, "'llama.rope.scaling.yarn_ext_factor' is 1")]
    [DataRow("llama.rope.scaling.type", "longrope", "without a tensor of factors")]
    public void Open_RopeThatCannotBeFollowed_IsRefused(string key, object value, string expected) =>
        Assert.Contains(expected, Assert.ThrowsExactly<CheckpointFormatException>(() => Rope((key, value))).Message);

    [TestMethod]
    [DataRow("llama.rope.scaling.alpha", 8f, true)]
    [DataRow("llama.rope.scaling.mystery", 0f, true)]
    [DataRow("llama.attention.clamp_kqv", 8f, true)]
    [DataRow("llama.attention.clamp_kqv", 0f, false)]
    [DataRow("llama.attention.sliding_window", 4u, true)]
    [DataRow("llama.attention.causal", false, true)]
    [DataRow("llama.attention.causal", true, false)]
    [DataRow("llama.residual_scale", 0.2f, true)]
    [DataRow("llama.residual_scale", 1f, false)]
    [DataRow("llama.attention.layer_norm_epsilon", 1e-5f, true)]
    [DataRow("llama.rope.dimension_sections", new[] { 2, 2 }, true)]
    [DataRow("llama.rope.dimension_sections", new[] { 0, 0 }, false)]
    [DataRow("llama.hidden_activation", "gelu", true)]
    [DataRow("llama.vocab_size", 5u, false)]
    [DataRow("llama.expert_used_count", 0u, false)]
    [DataRow("llama.rope.scaling.finetuned", true, false)]
    [DataRow("llama.rope.scaling.original_context_length", 8u, false)]
    [DataRow("other.residual_scale", 0.2f, false)]
    public void Open_KeyOfTheArchitectureThatNobodyReads_IsUnknownUnlessItChangesNothing(string key, object value, bool unknown)
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["tiny.gguf"], TinyGguf.Make((key, value)).ToBytes());
        using Checkpoint checkpoint = CheckpointReader.Open(folder.Path);

        CollectionAssert.AreEqual(unknown ? new[] { key } : [], checkpoint.UnknownKeys.ToArray());
    }

    [TestMethod]
    public void Open_GraniteWithoutRotaryEmbedding_IsRefused()
    {
        using TemporaryFolder folder = new();
        GgufBuilder file = TinyGguf.Make(
            ("general.architecture", "granite"), ("granite.rope.scaling.finetuned", false), ("granite.context_length", 16u),
            ("granite.embedding_length", 8u), ("granite.block_count", 1u), ("granite.feed_forward_length", 4u),
            ("granite.attention.head_count", 2u), ("granite.attention.layer_norm_rms_epsilon", 1e-5f));
        File.WriteAllBytes(folder["tiny.gguf"], file.ToBytes());

        Assert.Contains(
            "without rotary embedding", Assert.ThrowsExactly<CheckpointFormatException>(() => CheckpointReader.Open(folder.Path)).Message);
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

    private static JsonNode Rope(params (string Key, object? Value)[] changes)
    {
        using TemporaryFolder folder = new();
        File.WriteAllBytes(folder["tiny.gguf"], TinyGguf.Make(changes).ToBytes());
        using Checkpoint checkpoint = CheckpointReader.Open(folder.Path);
        Assert.IsEmpty(checkpoint.UnknownKeys);
        return checkpoint.Config["rope_parameters"]!;
    }
}
