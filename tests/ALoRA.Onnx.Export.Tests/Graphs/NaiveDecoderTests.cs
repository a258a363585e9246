using System.Text.Json;
using System.Text.Json.Nodes;
using ALoRA.Onnx.Export.Architectures;
using ALoRA.Onnx.Export.Configuration;

namespace ALoRA.Onnx.Export.Tests.Graphs;

/// <summary>Exported graphs against their naive twin, over settings that the golden data has not.</summary>
[TestClass]
public sealed class NaiveDecoderTests
{
    private const float Tolerance = 1e-4f;
    private const int MaxPositions = 64;
    private const string Factors4 = "[1.0,1.3,2.0,2.5]";
    private const string Factors8 = "[1.0,1.1,1.3,1.6,2.0,2.5,3.0,4.0]";

    [TestMethod]
    [DataRow("llama", """{"head_dim":24,"rope_parameters":{"rope_type":"linear","factor":3.0,"rope_theta":500.0}}""")]
    [DataRow("llama", """{"attention_bias":true,"mlp_bias":true,"hidden_act":"gelu","rope_scaling":{"type":"dynamic","factor":2.0}}""")]
    [DataRow("llama", """{"rope_parameters":{"rope_type":"yarn","factor":4.0,"original_max_position_embeddings":16,"rope_theta":100.0}}""")]
    [DataRow(
        "llama",
        """
        {"rope_scaling":{"rope_type":"yarn","factor":8.0,"original_max_position_embeddings":32,
          "truncate":false,"mscale":1.2,"mscale_all_dim":0.7}}
        """)]
    [DataRow("llama", """{"rope_scaling":{"rope_type":"yarn","factor":2.5,"attention_factor":0.8,"beta_fast":8,"beta_slow":2}}""")]
    [DataRow(
        "llama",
        $$$"""
        {"rope_scaling":{"type":"longrope","factor":3.0,"short_factor":{{{Factors8}}},
          "long_factor":{{{Factors8}}},"original_max_position_embeddings":128}}
        """)]
    [DataRow(
        "granite",
        """
        {"attention_bias":true,"attention_multiplier":0.3,"residual_multiplier":0.7,
          "embedding_multiplier":2.0,"logits_scaling":3.0,"hidden_act":"relu"}
        """)]
    [DataRow("mistral", """{"sliding_window":5,"head_dim":8}""")]
    [DataRow("mistral", """{"num_key_value_heads":null}""")]
    [DataRow("qwen2", """{"use_sliding_window":true,"sliding_window":6,"max_window_layers":1}""")]
    [DataRow(
        "qwen3",
        """
        {"head_dim":16,"attention_bias":true,"use_sliding_window":true,"sliding_window":4,
          "layer_types":["sliding_attention","full_attention","sliding_attention"]}
        """)]
    [DataRow("phi3", """{"sliding_window":7,"rope_parameters":{"rope_type":"default","partial_rotary_factor":0.5}}""")]
    [DataRow(
        "phi3",
        $$$"""
        {"original_max_position_embeddings":12,
          "rope_scaling":{"type":"su","short_factor":{{{Factors8}}},"long_factor":[2,2,2,3,3,3,4,4]}}
        """)]
    [DataRow(
        "phi3",
        $$$"""
        {"original_max_position_embeddings":12,"partial_rotary_factor":0.5,
          "rope_scaling":{"type":"longrope","short_factor":{{{Factors4}}},"long_factor":[2,2,3,3]}}
        """)]
    [DataRow("gemma", """{"head_dim":16,"attention_bias":true}""")]
    [DataRow(
        "gemma2",
        """{"head_dim":16,"sliding_window":5,"attn_logit_softcapping":null,"final_logit_softcapping":3.0,"query_pre_attn_scalar":20}""")]
    [DataRow(
        "gemma2",
        """{"head_dim":16,"sliding_window":5,"attn_logit_softcapping":1.5,"final_logit_softcapping":null,"query_pre_attn_scalar":20}""")]
    [DataRow(
        "gemma3_text",
        """
        {"head_dim":16,"sliding_window":5,"sliding_window_pattern":2,"rope_theta":2000.0,"rope_local_base_freq":50.0,
          "rope_scaling":{"rope_type":"linear","factor":2.0}}
        """)]
    [DataRow("olmo2", """{"attention_bias":true,"num_key_value_heads":4}""")]
    [DataRow("smollm3", """{"no_rope_layer_interval":2,"use_sliding_window":true,"sliding_window":6,"mlp_bias":true}""")]
    [DataRow("stablelm", """{"qk_layernorm":true,"use_parallel_residual":true,"use_qkv_bias":true}""")]
    [DataRow("stablelm", """{"num_attention_heads":2,"partial_rotary_factor":0.5}""")]
    [DataRow("starcoder2", """{"sliding_window":6}""")]
    [DataRow("starcoder2", """{"use_bias":false,"hidden_act":"gelu"}""")]
    public async Task Export_Settings_GiveTheLogitsOfTheNaiveDecoder(string modelType, string settings)
    {
        SyntheticCheckpoint checkpoint = SyntheticCheckpoint.For(Config(modelType, settings));
        using TemporaryFolder temporary = new();
        await Exporter.ExportAsync(checkpoint.Write(temporary["checkpoint"]), temporary["model"]);
        NaiveDecoder twin = new(Describe(checkpoint.Config), checkpoint.Tensors);
        Random random = new(3);
        foreach (int length in new[] { 9, 21 })
        {
            int[] ids = [.. Enumerable.Range(0, length).Select(_ => random.Next(SyntheticCheckpoint.Vocabulary))];
            float[] expected = twin.Logits(ids);
            using GraphRunner whole = new(temporary["model"], length);
            AssertClose(expected, whole.Run(ids, [.. Enumerable.Range(0, length).Select(i => (long)i)]), $"{length} ids in one run");
            if (!whole.OverridableNames.Contains("rotary_length"))
            {
                // On a cache: a chunk behind another, and single rows.
                using GraphRunner parts = new(temporary["model"], length + 3);
                float[] actual =
                [
                    .. parts.Run(ids.AsSpan(0, 4), [0, 1, 2, 3]),
                    .. parts.Run(ids.AsSpan(4, length - 6), [.. Enumerable.Range(0, length - 6).Select(i => (long)i)]),
                    .. parts.Run(ids.AsSpan(length - 2, 1), [0]),
                    .. parts.Run(ids.AsSpan(length - 1, 1), [0]),
                ];
                AssertClose(expected, actual, $"{length} ids in four runs");
            }
        }
    }

    private static JsonObject Config(string modelType, string settings)
    {
        JsonObject config = new()
        {
            ["model_type"] = modelType,
            ["vocab_size"] = SyntheticCheckpoint.Vocabulary,
            ["hidden_size"] = 64,
            ["intermediate_size"] = 96,
            ["num_hidden_layers"] = 3,
            ["num_attention_heads"] = 4,
            ["num_key_value_heads"] = 2,
            ["max_position_embeddings"] = MaxPositions,
        };
        foreach ((string key, JsonNode? value) in JsonNode.Parse(settings)!.AsObject())
        {
            config[key] = value?.DeepClone();
        }

        return config;
    }

    private static DecoderBlueprint Describe(JsonObject config)
    {
        using JsonDocument document = JsonDocument.Parse(config.ToJsonString());
        ConfigReader keys = new(document.RootElement);
        DecoderArchitecture architecture = SupportedArchitectures.Find((string)config["model_type"]!)!;
        return architecture.Describe(ModelConfig.Read(keys, architecture.Defaults));
    }

    private static void AssertClose(float[] expected, float[] actual, string what)
    {
        Assert.HasCount(expected.Length, actual, what);
        float largest = Deviation.Largest(expected, actual);
        Assert.IsLessThanOrEqualTo(Tolerance, largest, what);
        Assert.IsGreaterThan(0.1f, expected.Max() - expected.Min(), "logits that say something");
    }
}
