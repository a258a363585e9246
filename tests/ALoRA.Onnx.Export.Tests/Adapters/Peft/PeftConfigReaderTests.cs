using System.Text.Json.Nodes;
using ALoRA.Onnx.Export.Adapters.Peft;

namespace ALoRA.Onnx.Export.Tests.Adapters.Peft;

[TestClass]
public sealed class PeftConfigReaderTests
{
    [TestMethod]
    public void Read_EverySettingThatCounts_IsHonoured()
    {
        PeftAdapterConfig config = Read(
            """
            {"peft_type": "LORA", "r": 8, "lora_alpha": 22.5, "target_modules": ["q_proj"], "exclude_modules": "lm.*", "use_rslora": true,
             "layers_to_transform": [0, 3], "layers_pattern": "layers", "rank_pattern": {"b": 2, "a": 3}, "alpha_pattern": {"c": 1.5},
             "alora_invocation_tokens": [4, 5], "base_model_name_or_path": "base", "lora_bias": true, "bias": "none"}
            """);

        Assert.AreEqual(AdapterKind.Alora, config.Kind);
        Assert.AreEqual((8, 22.5, true, true), (config.Rank, config.Alpha, config.RankStabilized, config.LoraBias));
        CollectionAssert.AreEqual(new[] { "q_proj" }, config.Targets.Names!.ToArray());
        Assert.AreEqual("lm.*", config.Exclusions!.Pattern);
        CollectionAssert.AreEquivalent(new[] { 0, 3 }, config.Layers!.ToArray());
        CollectionAssert.AreEqual(new[] { "layers" }, config.LayersPatterns.ToArray());
        CollectionAssert.AreEqual(
            new[] { "b", "a" }, config.RankPattern.Select(pair => pair.Key).ToArray(), "the order of the file counts");
        Assert.AreEqual(1.5, config.AlphaPattern[0].Value);
        CollectionAssert.AreEqual(new[] { 4, 5 }, config.InvocationTokens.ToArray());
        Assert.AreEqual(22.5 / Math.Sqrt(8), config.Scale(8, 22.5));
    }

    [TestMethod]
    [DataRow("null")]
    [DataRow("[]")]
    public void Read_NoInvocationTokens_IsAPlainLora(string tokens)
    {
        PeftAdapterConfig config = Read(
            $$"""{"peft_type": "LORA", "r": 8, "lora_alpha": 16, "target_modules": "all-linear", "alora_invocation_tokens": {{tokens}}}""");

        Assert.AreEqual(AdapterKind.Lora, config.Kind);
        Assert.IsTrue(config.Targets.IsAllLinear);
        Assert.AreEqual(2, config.Scale(8, 16));
    }

    [TestMethod]
    public void Read_KeysThatDoNothingOrAreOff_AreAccepted()
    {
        JsonObject config = new TestAdapter().Config;
        foreach (string key in PeftConfigKeys.Harmless)
        {
            config[key] = "anything";
        }

        foreach (string key in PeftConfigKeys.Refused.Keys)
        {
            config[key] = null;
        }

        config["use_dora"] = false;
        config["modules_to_save"] = new JsonArray();
        config["key_of_a_later_version"] = null;
        config["switch_of_a_later_version"] = false;
        config["fan_in_fan_out"] = true;
        config["invocation_string"] = "";

        Assert.HasCount(1, Read(config.ToJsonString()).Warnings);
    }

    [TestMethod]
    [DataRow("use_dora", "true")]
    [DataRow("use_qalora", "true")]
    [DataRow("use_bdlora", "{\"a\": 1}")]
    [DataRow("arrow_config", "{\"a\": 1}")]
    [DataRow("velora_config", "{\"a\": 1}")]
    [DataRow("monteclora_config", "{\"a\": 1}")]
    [DataRow("kasa_config", "{\"a\": 1}")]
    [DataRow("megatron_config", "{\"a\": 1}")]
    [DataRow("modules_to_save", "[\"lm_head\"]")]
    [DataRow("trainable_token_indices", "[1]")]
    [DataRow("target_parameters", "[\"experts\"]")]
    [DataRow("layer_replication", "[[0, 2]]")]
    [DataRow("bias", "\"all\"")]
    [DataRow("bias", "\"lora_only\"")]
    [DataRow("init_lora_weights", "\"pissa\"")]
    [DataRow("init_lora_weights", "\"olora\"")]
    [DataRow("init_lora_weights", "\"corda\"")]
    [DataRow("init_lora_weights", "\"loftq\"")]
    [DataRow("task_type", "\"SEQ_CLS\"")]
    [DataRow("key_of_a_later_version", "true")]
    [DataRow("key_of_a_later_version", "1")]
    [DataRow("peft_type", "\"IA3\"")]
    [DataRow("peft_type", "null")]
    [DataRow("r", "0")]
    [DataRow("r", "-1")]
    [DataRow("r", "1.5")]
    [DataRow("r", "\"8\"")]
    [DataRow("r", "null")]
    [DataRow("lora_alpha", "null")]
    [DataRow("lora_alpha", "1e999")]
    [DataRow("target_modules", "null")]
    [DataRow("target_modules", "[]")]
    [DataRow("target_modules", "\"\"")]
    [DataRow("target_modules", "[1]")]
    [DataRow("exclude_modules", "7")]
    [DataRow("use_rslora", "\"yes\"")]
    [DataRow("rank_pattern", "{\"q_proj\": 0}")]
    [DataRow("rank_pattern", "[1]")]
    [DataRow("alpha_pattern", "{\"q_proj\": null}")]
    [DataRow("layers_to_transform", "[\"a\"]")]
    [DataRow("layers_to_transform", "-1")]
    [DataRow("layers_pattern", "\"layers\"")]
    [DataRow("alora_invocation_tokens", "[-1]")]
    [DataRow("alora_invocation_tokens", "[1.5]")]
    [DataRow("alora_invocation_tokens", "[true]")]
    [DataRow("alora_invocation_tokens", "\"<x>\"")]
    [DataRow("base_model_name_or_path", "7")]
    public void Read_SettingThatCannotBeHonoured_IsRefusedByName(string key, string value)
    {
        JsonObject config = new TestAdapter().Config;
        config.Remove(key);
        string json = config.ToJsonString();

        CheckpointFormatException error = Refused($"{json[..^1]}, \"{key}\": {value}}}");

        StringAssert.Contains(error.Message, $"'{key}");
        StringAssert.Contains(error.Message, "adapter_config.json");
    }

    [TestMethod]
    [DataRow("layers_to_transform", "[1]")]
    [DataRow("layers_pattern", "\"layers\"")]
    public void Read_LayersBesideAnExpression_AreRefusedAsPeftDoes(string key, string value) =>
        StringAssert.Contains(
            Refused($$"""{"peft_type": "LORA", "r": 8, "lora_alpha": 16, "target_modules": "all-linear", "{{key}}": {{value}}}""").Message,
            $"'{key}'");

    [TestMethod]
    public void Read_SeveralUnsupportedSettings_NamesThemAll()
    {
        CheckpointFormatException error = Refused(
            """{"peft_type": "LORA", "r": 8, "lora_alpha": 16, "target_modules": ["q"], "use_dora": true, "modules_to_save": """
            + """["lm_head"], "bias": "all"}""");

        StringAssert.Contains(error.Message, "3 problems");
        StringAssert.Contains(error.Message, "'use_dora'");
        StringAssert.Contains(error.Message, "'modules_to_save'");
        StringAssert.Contains(error.Message, "'bias'");
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("[]")]
    [DataRow("{")]
    [DataRow("{\"r\": 1, \"r\": 2}")]
    [DataRow("{\"peft_type\": \"LORA\", \"target_modules\": \"\\ud800\"}")]
    public void Read_NoJsonObject_IsRefused(string json) => Refused(json);

    [TestMethod]
    public void Read_DeepNesting_IsRefused() => Refused(string.Concat(Enumerable.Repeat("{\"a\":", 10_000)));

    [TestMethod]
    public void Read_NoFile_NamesTheFolder()
    {
        using TemporaryFolder temporary = new();
        CheckpointFormatException error = Assert.ThrowsExactly<CheckpointFormatException>(() => PeftConfigReader.Read(temporary.Path));
        StringAssert.Contains(error.Message, temporary.Path);
    }

    [TestMethod]
    public void Read_HugeFile_IsRefusedUnread()
    {
        using TemporaryFolder temporary = new();
        using (FileStream file = File.Create(temporary["adapter_config.json"]))
        {
            file.SetLength(1L << 40);
        }

        StringAssert.Contains(
            Assert.ThrowsExactly<CheckpointFormatException>(() => PeftConfigReader.Read(temporary.Path)).Message, "bytes");
    }

    [TestMethod]
    public void PeftAdapterRead_PickledWeights_SaysWhy()
    {
        using TemporaryFolder temporary = new();
        string folder = TestAdapter.QueryAndValue().Save(temporary);
        File.Move(Path.Combine(folder, "adapter_model.safetensors"), Path.Combine(folder, "adapter_model.bin"));
        StringAssert.Contains(Assert.ThrowsExactly<CheckpointFormatException>(() => PeftAdapter.Read(folder)).Message, "pickle");
        File.Delete(Path.Combine(folder, "adapter_model.bin"));
        StringAssert.Contains(Assert.ThrowsExactly<CheckpointFormatException>(() => PeftAdapter.Read(folder)).Message, "found none");
    }

    private static PeftAdapterConfig Read(string json)
    {
        using TemporaryFolder temporary = new();
        File.WriteAllText(temporary["adapter_config.json"], json);
        return PeftConfigReader.Read(temporary.Path);
    }

    private static CheckpointFormatException Refused(string json) => Assert.ThrowsExactly<CheckpointFormatException>(() => Read(json));
}
