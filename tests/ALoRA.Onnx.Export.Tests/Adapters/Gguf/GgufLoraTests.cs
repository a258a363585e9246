using System.Globalization;
using System.Text.Json.Nodes;
using ALoRA.Onnx.Export.Adapters.Binding;
using ALoRA.Onnx.Export.Checkpoints.Gguf.Architectures;
using ALoRA.Onnx.Export.Tests.Checkpoints;
using ALoRA.Onnx.Export.Tests.Checkpoints.Gguf;

namespace ALoRA.Onnx.Export.Tests.Adapters.Gguf;

/// <summary>Adapters as llama.cpp's converter writes them against the PEFT adapters they were made from, and what cannot be read.</summary>
[TestClass]
public sealed class GgufLoraTests
{
    [TestMethod]
    [DataRow("llama", "llama", "alora_all")]
    [DataRow("llama", "llama", "alora_layers")]
    [DataRow("llama", "llama", "lora_qv")]
    [DataRow("mistral", "llama", "alora_all")]
    [DataRow("granite", "granite", "alora_all")]
    [DataRow("qwen2", "qwen2", "alora_all")]
    [DataRow("qwen3", "qwen3", "alora_all")]
    [DataRow("phi3", "phi3", "alora_all")]
    [DataRow("gemma2", "gemma2", "alora_all")]
    [DataRow("gemma3_text", "gemma3", "alora_all")]
    [DataRow("olmo2", "olmo2", "alora_all")]
    [DataRow("smollm3", "smollm3", "alora_all")]
    public async Task ConvertAsync_GgufOfAPeftAdapter_GivesTheSameTensors(string model, string architecture, string adapter)
    {
        string source = GoldenData.Path("models", model);
        using TemporaryFolder temporary = new();
        await Exporter.ExportAsync(source, temporary["model"]);
        string peft = Path.Combine(source, "adapters", adapter);
        await File.WriteAllBytesAsync(temporary["made.gguf"], FromPeft(peft, source, architecture).ToBytes());

        AdapterReport expected = await AdapterConverter.ConvertAsync(peft, temporary["model"]);
        AdapterReport actual = await AdapterConverter.ConvertAsync(temporary["made.gguf"], temporary["model"]);

        Assert.AreEqual("made", actual.Name);
        Assert.AreEqual(
            (expected.Kind, expected.Rank, expected.Alpha, expected.Parameters),
            (actual.Kind, actual.Rank, actual.Alpha, actual.Parameters));
        CollectionAssert.AreEqual(expected.InvocationTokens.ToArray(), actual.InvocationTokens.ToArray());
        Dictionary<string, OnnxAdapterFile.Parameter> wanted = new(
            OnnxAdapterFile.Read(Path.Combine(expected.Path, "adapter.onnx_adapter")));
        IReadOnlyDictionary<string, OnnxAdapterFile.Parameter> got = OnnxAdapterFile.Read(
            Path.Combine(actual.Path, "adapter.onnx_adapter"));
        CollectionAssert.AreEquivalent(wanted.Keys.ToArray(), got.Keys.ToArray());
        foreach ((string name, OnnxAdapterFile.Parameter parameter) in wanted)
        {
            CollectionAssert.AreEqual(parameter.Bytes, got[name].Bytes, name);
        }
    }

    [TestMethod]
    public async Task ConvertAsync_RanksAndAlphaZero_AreThoseOfThePairs()
    {
        using TemporaryFolder temporary = new();
        string model = TestModel.Tiny(temporary);
        GgufBuilder builder = Header(alpha: 0)
            .WithTensor(
                "blk.0.attn_v.weight.lora_a", [1, TestModel.Hidden], [.. Enumerable.Range(1, TestModel.Hidden).Select(i => (float)i)])
            .WithTensor("blk.0.attn_v.weight.lora_b", [TestModel.Value, 1], [5, 6, 7, 8])
            .WithTensor("blk.1.attn_output.weight.lora_a", [2, TestModel.Hidden], new float[2 * TestModel.Hidden])
            .WithTensor("blk.1.attn_output.weight.lora_b", [TestModel.Hidden, 2], new float[2 * TestModel.Hidden]);
        await File.WriteAllBytesAsync(temporary["tiny.gguf"], builder.ToBytes());

        AdapterReport report = await AdapterConverter.ConvertAsync(temporary["tiny.gguf"], model, "ranks");

        IReadOnlyDictionary<string, OnnxAdapterFile.Parameter> tensors = OnnxAdapterFile.Read(
            Path.Combine(report.Path, "adapter.onnx_adapter"));
        OnnxAdapterFile.Parameter b = tensors["model.layers.0.self_attn.qkv_proj.lora_B.weight"];
        CollectionAssert.AreEqual(new long[] { 1, TestModel.Hidden + (2 * TestModel.Value) }, b.Shape);
        CollectionAssert.AreEqual(new float[] { 5, 6, 7, 8 }, b.Values[^TestModel.Value..], "a scale of 1");
        Assert.AreEqual(2, tensors["model.layers.1.self_attn.o_proj.lora_A.weight"].Shape[1]);
        CollectionAssert.AreEqual(new[] { 3, 4 }, report.InvocationTokens.ToArray());
    }

    [TestMethod]
    [DataRow("general.type", "model", "'general.type': expected 'adapter'")]
    [DataRow("adapter.type", "control_vector", "'adapter.type': expected 'lora'")]
    [DataRow("general.architecture", "mamba", "'mamba', which is not supported")]
    [DataRow("general.architecture", "qwen2", "architecture is llama, got 'qwen2'")]
    public async Task ConvertAsync_OtherMetadata_IsRefused(string key, string value, string expected)
    {
        GgufBuilder builder = Pair(Header(16, key, value), "blk.0.attn_v");
        StringAssert.Contains(await RefusedAsync(builder), expected, StringComparison.Ordinal);
    }

    [TestMethod]
    [DataRow("token_embd.weight.lora_a", "model.embed_tokens")]
    [DataRow("blk.0.attn_norm.weight", "Merge full weights into the base")]
    [DataRow("blk.0.side.weight.lora_a", "'blk.0.side.weight.lora_a'")]
    [DataRow("blk.7.attn_v.weight.lora_a", "layers 7")]
    [DataRow("blk.0.attn_output.weight.lora_a", "o_proj.lora_B.weight' of a targeted module is missing")]
    public async Task ConvertAsync_TensorWithoutPlace_IsRefused(string tensor, string expected)
    {
        GgufBuilder builder = Pair(Header(16), "blk.0.attn_v").WithTensor(tensor, [1, TestModel.Hidden], new float[TestModel.Hidden]);
        StringAssert.Contains(await RefusedAsync(builder), expected, StringComparison.Ordinal);
    }

    [TestMethod]
    public async Task Read_GgufFile_DescribesTheAdapter()
    {
        using TemporaryFolder temporary = new();
        await File.WriteAllBytesAsync(temporary["tiny.gguf"], Pair(Header(16), "blk.0.attn_v").ToBytes());
        PeftAdapter adapter = PeftAdapter.Read(temporary["tiny.gguf"]);
        Assert.AreEqual((AdapterKind.Alora, 1, 16.0, false), (adapter.Kind, adapter.Rank, adapter.Alpha, adapter.HasLoraBias));
        CollectionAssert.AreEqual(new[] { "model.layers.0.self_attn.v_proj" }, adapter.TargetModules.ToArray());
        Assert.HasCount(2, adapter.Tensors);
        Assert.AreEqual(temporary["tiny.gguf"], adapter.WeightsPath);
    }

    private static async Task<string> RefusedAsync(GgufBuilder builder)
    {
        using TemporaryFolder temporary = new();
        string model = TestModel.Tiny(temporary);
        await File.WriteAllBytesAsync(temporary["bad.gguf"], builder.ToBytes());
        CheckpointFormatException error =
            await Assert.ThrowsExactlyAsync<CheckpointFormatException>(() => AdapterConverter.ConvertAsync(temporary["bad.gguf"], model));
        StringAssert.Contains(error.Message, temporary["bad.gguf"], StringComparison.Ordinal);
        Assert.IsFalse(Directory.Exists(Path.Combine(model, "adapters")));
        return error.Message;
    }

    private static GgufBuilder Header(float alpha, string? key = null, string value = "")
    {
        GgufBuilder builder = new();
        foreach ((string name, string text) in new[]
            {
                ("general.architecture", "llama"), ("general.type", "adapter"), ("adapter.type", "lora"),
            })
        {
            builder.With(name, name == key ? value : text);
        }

        return builder.With("adapter.lora.alpha", alpha).With("adapter.alora.invocation_tokens", new uint[] { 3, 4 });
    }

    private static GgufBuilder Pair(GgufBuilder builder, string module) => builder
        .WithTensor($"{module}.weight.lora_a", [1, TestModel.Hidden], new float[TestModel.Hidden])
        .WithTensor($"{module}.weight.lora_b", [TestModel.Value, 1], new float[TestModel.Value]);

    private static GgufBuilder FromPeft(string peft, string checkpoint, string name)
    {
        GgufArchitecture architecture = GgufCheckpoints.Architecture(name);
        Dictionary<string, string> ggufNames = architecture.LayerTensors.ToDictionary(entry => entry.Value, entry => entry.Key);
        JsonNode config = JsonNode.Parse(File.ReadAllText(Path.Combine(peft, "adapter_config.json")))!;
        JsonNode baseConfig = JsonNode.Parse(File.ReadAllText(Path.Combine(checkpoint, "config.json")))!;
        int heads = (int)baseConfig["num_attention_heads"]!;
        int headSize = (int?)baseConfig["head_dim"] ?? ((int)baseConfig["hidden_size"]! / heads);
        GgufBuilder builder = new GgufBuilder()
            .With("general.architecture", name)
            .With("general.type", "adapter")
            .With("adapter.type", "lora")
            .With("adapter.lora.alpha", (float)config["lora_alpha"]!);
        if (config["alora_invocation_tokens"] is JsonArray tokens)
        {
            builder.With("adapter.alora.invocation_tokens", tokens.Select(token => (uint)(int)token!).ToArray());
        }

        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(peft, "adapter_model.safetensors"));
        foreach (CheckpointTensor tensor in file.Tensors.Values)
        {
            Assert.IsTrue(PeftTensorName.TryParse(tensor.Name, out PeftTensorName parsed));
            string[] parts = parsed.Module.Split('.');
            string module = string.Create(CultureInfo.InvariantCulture, $"blk.{parts[2]}.{ggufNames[string.Join('.', parts[3..])]}");
            float[] values = TensorBytes.ReadFloats(tensor);
            bool isReordered = architecture.InterleavesRowsOf(module) && parsed.Part == LoraPart.B;
            builder.WithTensor(
                $"{module}.weight.{(parsed.Part == LoraPart.A ? "lora_a" : "lora_b")}",
                [.. tensor.Shape],
                isReordered ? GgufConverter.Interleave(values, (int)tensor.Shape[0] / headSize, headSize) : values);
        }

        return builder;
    }
}
