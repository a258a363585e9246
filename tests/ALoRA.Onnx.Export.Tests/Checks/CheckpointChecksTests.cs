using System.Text.Json.Nodes;
using ALoRA.Onnx.Export.Checkpoints;
using ALoRA.Onnx.Export.Tests.Checkpoints.Gguf;

namespace ALoRA.Onnx.Export.Tests.Checks;

/// <summary>What stands in the way of an export is told before anything is written, all of it at once.</summary>
[TestClass]
public sealed class CheckpointChecksTests
{
    [TestMethod]
    public async Task Export_SeveralBrokenTensors_AllAreNamedAndNothingIsWritten()
    {
        using TemporaryFolder temporary = new();
        SyntheticCheckpoint checkpoint = new();
        checkpoint.Tensors.Remove("model.layers.1.mlp.up_proj.weight");
        checkpoint.Add("model.layers.0.self_attn.q_proj.weight", 1, 32, 64);
        checkpoint.Add("model.layers.0.self_attn.q_norm.weight", 1, 16);

        string message = await RefusedAsync(temporary, checkpoint);

        StringAssert.Contains(
            message, "'model.layers.1.mlp.up_proj.weight': expected shape [96, 64], the checkpoint has no such tensor",
            StringComparison.Ordinal);
        StringAssert.Contains(
            message, "'model.layers.0.self_attn.q_proj.weight': expected shape [64, 64], got [32, 64]", StringComparison.Ordinal);
        StringAssert.Contains(message, "'model.layers.0.self_attn.q_norm.weight' belongs to nothing", StringComparison.Ordinal);
    }

    [TestMethod]
    [DataRow("model_type", "\"mamba\"", "gemma3_text, granite, llama, mistral, olmo2, phi3, qwen2, qwen3, smollm3, stablelm, starcoder2")]
    [DataRow("model_type", "7", "'model_type'")]
    [DataRow("hidden_act", "\"mish\"", "'hidden_act': expected silu")]
    [DataRow("head_dim", "20", "multiple of 8")]
    [DataRow("layer_types", "[\"full_attention\",\"sliding_attention\"]", "'layer_types': expected full_attention in all layers")]
    [DataRow("sliding_window", "16", "'sliding_window' is not known")]
    [DataRow("num_attention_heads", "-4", "'num_attention_heads'")]
    [DataRow("num_key_value_heads", "3", "'num_key_value_heads': expected a divisor")]
    [DataRow("vocab_size", "\"many\"", "'vocab_size': expected a whole number from 1")]
    [DataRow("num_hidden_layers", "2000000000", "'num_hidden_layers': expected a whole number from 1 to 4096")]
    [DataRow("vocab_size", "null", "'vocab_size'")]
    [DataRow("rms_norm_eps", "1e400", "'rms_norm_eps'")]
    [DataRow("rope_scaling", "{\"rope_type\":\"su\",\"factor\":2}", "'rope_scaling.rope_type': expected default")]
    [DataRow("rope_scaling", "{\"rope_type\":\"linear\"}", "'rope_scaling.factor'")]
    [DataRow("rope_scaling", "{\"rope_type\":\"linear\",\"factor\":2,\"beta\":3}", "'rope_scaling.beta' is not known")]
    [DataRow("quantization_config", "{\"bits\":4}", "'quantization_config' is not known")]
    [DataRow("residual_multiplier", "0.2", "'residual_multiplier' is not known")]
    [DataRow("is_encoder_decoder", "true", "'is_encoder_decoder': only false")]
    [DataRow("partial_rotary_factor", "0.01", "'partial_rotary_factor'")]
    public async Task Export_ConfigThatTheGraphCannotHonour_IsRefusedWithTheKey(string key, string value, string expected)
    {
        using TemporaryFolder temporary = new();
        SyntheticCheckpoint checkpoint = new();
        checkpoint.Config[key] = JsonNode.Parse(value);
        StringAssert.Contains(await RefusedAsync(temporary, checkpoint), expected, StringComparison.Ordinal);
    }

    [TestMethod]
    [DataRow("attention_dropout", "0.1")]
    [DataRow("_name_or_path", "\"somebody/model\"")]
    [DataRow("sliding_window", "null")]
    [DataRow("layer_types", "[\"full_attention\",\"full_attention\"]")]
    [DataRow("rope_interleaved", "false")]
    [DataRow("use_cache", "false")]
    public async Task Export_HarmlessKey_IsAccepted(string key, string value)
    {
        using TemporaryFolder temporary = new();
        SyntheticCheckpoint checkpoint = new();
        checkpoint.Config[key] = JsonNode.Parse(value);
        ExportReport report = await Exporter.ExportAsync(checkpoint.Write(temporary["checkpoint"]), temporary["model"]);
        Assert.IsEmpty(report.Warnings);
    }

    [TestMethod]
    public async Task Export_UnknownKeysAndTensorsAllowed_AreWarnings()
    {
        using TemporaryFolder temporary = new();
        SyntheticCheckpoint checkpoint = new();
        checkpoint.Config["mystery"] = 1;
        checkpoint.Add("model.layers.0.extra.weight", 1, 4);
        checkpoint.Add("model.layers.0.self_attn.rotary_emb.inv_freq", 1, 8);
        checkpoint.Add("lm_head.weight", 1, 48, 64);
        ExportOptions options = new() { AllowUnknownConfig = true, AllowUnknownTensors = true };

        ExportReport report = await Exporter.ExportAsync(checkpoint.Write(temporary["checkpoint"]), temporary["model"], options);

        Assert.HasCount(3, report.Warnings);
        Assert.IsTrue(report.Warnings.Any(warning => warning.Contains("'mystery'", StringComparison.Ordinal)));
        Assert.IsTrue(report.Warnings.Any(warning => warning.Contains("'model.layers.0.extra.weight'", StringComparison.Ordinal)));
        Assert.IsTrue(report.Warnings.Any(warning => warning.Contains("tie_word_embeddings", StringComparison.Ordinal)));
    }

    [TestMethod]
    public async Task Check_MetadataKeyThatIsNotKnown_IsRefusedUnlessAllowed()
    {
        using TemporaryFolder temporary = new();
        GgufBuilder file = GgufCheckpoints.Convert(Synthetic(temporary), "llama").With("llama.rope.scaling.alpha", 8f);
        await File.WriteAllBytesAsync(temporary["a.gguf"], file.ToBytes());

        CheckpointFormatException error =
            await Assert.ThrowsExactlyAsync<CheckpointFormatException>(() => Exporter.CheckAsync(temporary["a.gguf"]));
        ExportPlan plan = await Exporter.CheckAsync(temporary["a.gguf"], new ExportOptions { AllowUnknownConfig = true });

        Assert.Contains("'llama.rope.scaling.alpha' is not known", error.Message);
        Assert.IsTrue(plan.Warnings.Any(warning => warning.Contains("'llama.rope.scaling.alpha'", StringComparison.Ordinal)));
    }

    [TestMethod]
    public async Task Export_EmbeddingRowsThatAreNoWholeBlocks_IsRefusedForAnEmbeddingInBlocks()
    {
        using TemporaryFolder temporary = new();
        string source = new SyntheticCheckpoint().Write(temporary["checkpoint"]);
        CheckpointFormatException error = await Assert.ThrowsExactlyAsync<CheckpointFormatException>(() => Exporter.ExportAsync(
            source, temporary["model"], new ExportOptions { Precision = ExportPrecision.Int4, BlockSize = 128 }));
        StringAssert.Contains(error.Message, "'hidden_size'", StringComparison.Ordinal);
    }

    private static Checkpoint Synthetic(TemporaryFolder temporary)
    {
        SyntheticCheckpoint checkpoint = new();
        checkpoint.Config["head_dim"] = 16;
        checkpoint.Config["eos_token_id"] = 2;
        checkpoint.Config["pad_token_id"] = 0;
        checkpoint.Config["rope_parameters"] = new JsonObject { ["rope_type"] = "default", ["rope_theta"] = 10000.0 };
        return CheckpointReader.Open(checkpoint.Write(temporary["checkpoint"]));
    }

    private static async Task<string> RefusedAsync(TemporaryFolder temporary, SyntheticCheckpoint checkpoint)
    {
        string source = checkpoint.Write(temporary["checkpoint"]);
        CheckpointFormatException error =
            await Assert.ThrowsExactlyAsync<CheckpointFormatException>(() => Exporter.ExportAsync(source, temporary["model"]));
        StringAssert.Contains(error.Message, source, StringComparison.Ordinal);
        CollectionAssert.AreEqual(new[] { source }, Directory.GetFileSystemEntries(temporary.Path));
        return error.Message;
    }
}
