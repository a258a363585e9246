using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Export.Tests.Architectures;

/// <summary>Keys as published checkpoints have them: read, known to do nothing, or refused.</summary>
[TestClass]
public sealed class PublishedConfigTests
{
    [TestMethod]
    [DataRow("gemma", """{"hidden_act":"gelu","hidden_activation":"gelu_pytorch_tanh"}""")]
    [DataRow("gemma2", """{"hidden_act":"gelu_pytorch_tanh","cache_implementation":"hybrid"}""")]
    [DataRow(
        "gemma3_text",
        """
        {"_sliding_window_pattern":6,"use_bidirectional_attention":false,
          "rope_parameters":{"full_attention":{"rope_type":"linear","factor":8.0},"sliding_attention":{"rope_type":"default"}}}
        """)]
    [DataRow(
        "phi3",
        """
        {"embd_pdrop":0.0,"attention_bias":false,"lm_head_bias":false,"full_attn_mod":1,
          "interpolate_factor":1,"original_max_position_embeddings":4096,"auto_map":{}}
        """)]
    [DataRow("qwen2", """{"max_window_layers":0,"sliding_window":131072,"use_sliding_window":false}""")]
    [DataRow(
        "starcoder2",
        """
        {"activation_function":"gelu","attention_softmax_in_fp32":true,"layer_norm_epsilon":1e-5,
          "mlp_type":"default","norm_type":"layer_norm","scale_attn_weights":true,"residual_dropout":0.1}
        """)]
    [DataRow("smollm3", """{"no_rope_layers":[1,1],"layer_types":["full_attention","full_attention"],"pretraining_tp":2}""")]
    [DataRow(
        "llama",
        """
        {"rope_scaling":{"type":"llama3","rope_type":"llama3","factor":8.0,
          "low_freq_factor":1.0,"high_freq_factor":4.0,"original_max_position_embeddings":64}}
        """)]
    public async Task Check_KnownKeys_AreAccepted(string modelType, string settings)
    {
        using TemporaryFolder temporary = new();
        ExportPlan plan = await Exporter.CheckAsync(
            SyntheticCheckpoint.For(Config(modelType, settings)).Write(temporary["checkpoint"]), new ExportOptions { Fanout = false });
        Assert.IsEmpty(plan.Warnings);
    }

    [TestMethod]
    [DataRow("llama", """{"hidden_activation":"gelu"}""", "'hidden_activation' is not known")]
    [DataRow("llama", """{"partial_rotary_factor":0.5}""", "'partial_rotary_factor': expected 1")]
    [DataRow("mistral", """{"attention_bias":true}""", "'attention_bias': only false")]
    [DataRow("mistral", """{"sliding_window":-4}""", "'sliding_window': expected a whole number from 1")]
    [DataRow("qwen2", """{"layer_types":["full_attention","sliding_attention"]}""", "'sliding_window': expected a whole number above 0")]
    [DataRow("qwen3", """{"layer_types":["full_attention"]}""", "'layer_types': expected 2 texts")]
    [DataRow("gemma2", """{"sliding_window":null}""", "'sliding_window': expected a whole number above 0")]
    [DataRow("gemma3_text", """{"use_bidirectional_attention":true}""", "'use_bidirectional_attention': only false")]
    [DataRow("gemma3_text", """{"attn_logit_softcapping":50.0}""", "'attn_logit_softcapping': expected null")]
    [DataRow("smollm3", """{"no_rope_layers":[1]}""", "'no_rope_layers': expected 2 numbers")]
    [DataRow(
        "phi3", """{"rope_scaling":{"type":"longrope","short_factor":[1,1],"long_factor":[1,1,1,1,1,1,1,1]}}""",
        "'rope_scaling.short_factor': expected 8 numbers")]
    [DataRow(
        "phi3", """{"rope_scaling":{"type":"longrope","short_factor":"x"}}""", "'rope_scaling.short_factor': expected a list of numbers")]
    [DataRow("llama", """{"rope_scaling":{"type":"yarn","factor":-2}}""", "'rope_scaling.factor': expected a number above 0")]
    [DataRow("llama", """{"rope_scaling":{"type":"dynamic"}}""", "'rope_scaling.factor'")]
    [DataRow(
        "llama", """{"rope_parameters":{"rope_type":"proportional"}}""", "expected default, linear, dynamic, llama3, yarn or longrope")]
    public async Task Check_SettingThatIsNotHonoured_IsRefused(string modelType, string settings, string expected)
    {
        SyntheticCheckpoint checkpoint = SyntheticCheckpoint.For(Config(modelType, "{}"));
        Apply(checkpoint.Config, settings);
        using TemporaryFolder temporary = new();
        string source = checkpoint.Write(temporary["checkpoint"]);
        CheckpointFormatException error = await Assert.ThrowsExactlyAsync<CheckpointFormatException>(() => Exporter.CheckAsync(source));
        StringAssert.Contains(error.Message, expected, StringComparison.Ordinal);
    }

    private static JsonObject Config(string modelType, string settings)
    {
        JsonObject config = new()
        {
            ["model_type"] = modelType,
            ["vocab_size"] = 48,
            ["hidden_size"] = 64,
            ["intermediate_size"] = 96,
            ["num_hidden_layers"] = 2,
            ["num_attention_heads"] = 4,
            ["num_key_value_heads"] = 2,
            ["max_position_embeddings"] = 128,
        };
        if (modelType is "gemma" or "gemma2" or "gemma3_text" or "qwen3")
        {
            config["head_dim"] = 16;
        }

        Apply(config, settings);
        return config;
    }

    private static void Apply(JsonObject config, string settings)
    {
        foreach ((string key, JsonNode? value) in JsonNode.Parse(settings)!.AsObject())
        {
            config[key] = value?.DeepClone();
        }
    }
}
