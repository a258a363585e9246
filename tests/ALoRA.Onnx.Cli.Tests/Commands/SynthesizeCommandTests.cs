using System.Text.Json.Nodes;
using ALoRA.Onnx.Export;

namespace ALoRA.Onnx.Cli.Tests.Commands;

[TestClass]
public sealed class SynthesizeCommandTests
{
    private const string Config =
        """
        {"model_type": "llama", "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 4,
         "num_key_value_heads": 2, "vocab_size": 100, "rms_norm_eps": 1e-5, "max_position_embeddings": 128, "tie_word_embeddings": false}
        """;

    private const string Gate = "model.layers.1.mlp.gate_proj.weight";
    private const string Norm = "model.norm.weight";

    [TestMethod]
    public async Task Synthesize_ThreeShards_GivesACheckpointThatOpens()
    {
        using TemporaryFolder folder = new();
        await File.WriteAllTextAsync(folder["config.json"], Config);

        CommandRun run = await CommandRun.Of(
            "synthesize", folder["config.json"], "-o", folder["made"], "--shards", "3", "--dtype", "float16");

        Assert.AreEqual(0, run.ExitCode, run.Error);
        Assert.HasCount(3, Directory.GetFiles(folder["made"], "*.safetensors"));
        Assert.AreEqual("llama", (await Exporter.CheckAsync(folder["made"])).Architecture);
        using SafetensorsFile gates = ShardWith(folder["made"], Gate);
        CheckpointTensor gate = gates.Tensors[Gate];
        CollectionAssert.AreEqual(new long[] { 96, 64 }, gate.Shape.ToArray());
        Assert.AreEqual(TensorEncoding.F16, gate.Encoding);
        float[] values = new float[96 * 64];
        gate.ReadRowsAsFloat(0, 96, values);
        Assert.AreEqual(1 / Math.Sqrt(64), Math.Sqrt(values.Average(value => (double)value * value)), 0.01);
        float[] norm = new float[64];
        using SafetensorsFile norms = ShardWith(folder["made"], Norm);
        norms.Tensors[Norm].ReadRowsAsFloat(0, 1, norm);
        Assert.IsTrue(norm.All(value => value == 1f));
        Assert.AreEqual("float16", (string?)JsonNode.Parse(await File.ReadAllTextAsync(folder["made", "config.json"]))!["dtype"]);
    }

    [TestMethod]
    public async Task Synthesize_SameSeed_GivesTheSameBytes()
    {
        using TemporaryFolder folder = new();
        await File.WriteAllTextAsync(folder["config.json"], Config);

        foreach ((string name, string seed) in new[] { ("a", "5"), ("b", "5"), ("c", "6") })
        {
            CommandRun run = await CommandRun.Of("synthesize", folder["config.json"], "-o", folder[name], "--seed", seed);
            Assert.AreEqual(0, run.ExitCode, run.Error);
        }

        byte[] first = await File.ReadAllBytesAsync(folder["a", "model.safetensors"]);
        CollectionAssert.AreEqual(first, await File.ReadAllBytesAsync(folder["b", "model.safetensors"]));
        CollectionAssert.AreNotEqual(first, await File.ReadAllBytesAsync(folder["c", "model.safetensors"]));
    }

    [TestMethod]
    [DataRow("{", 3)]
    [DataRow("[]", 3)]
    [DataRow("{\"model_type\": \"unheard-of\"}", 3)]
    [DataRow("{\"model_type\": \"llama\", \"hidden_size\": -4}", 3)]
    public async Task Synthesize_BadConfig_IsRefusedAndLeavesNothing(string config, int exitCode)
    {
        using TemporaryFolder folder = new();
        await File.WriteAllTextAsync(folder["config.json"], config);

        CommandRun run = await CommandRun.Of("synthesize", folder["config.json"], "-o", folder["made"]);

        Assert.AreEqual(exitCode, run.ExitCode, run.Error);
        Assert.Contains("config.json", run.Error);
        Assert.IsFalse(Directory.Exists(folder["made"]));
    }

    [TestMethod]
    public async Task Synthesize_ExistingFolder_IsRefusedAndKept()
    {
        using TemporaryFolder folder = new();
        await File.WriteAllTextAsync(folder["config.json"], Config);

        CommandRun run = await CommandRun.Of("synthesize", folder["config.json"], "-o", folder.Path);

        Assert.AreEqual(1, run.ExitCode);
        Assert.IsTrue(File.Exists(folder["config.json"]));
    }

    [TestMethod]
    public async Task Synthesize_Cancelled_LeavesNothing()
    {
        using TemporaryFolder folder = new();
        await File.WriteAllTextAsync(folder["config.json"], Config);

        CommandRun run = await CommandRun.WithInput(
            [], ["synthesize", folder["config.json"], "-o", folder["made"]], new CancellationToken(canceled: true));

        Assert.AreEqual(130, run.ExitCode);
        Assert.AreEqual("error: cancelled.\n", run.Error);
        Assert.IsFalse(Directory.Exists(folder["made"]));
    }

    [TestMethod]
    public async Task Synthesize_NoShards_IsUsageError()
    {
        CommandRun run = await CommandRun.Of("synthesize", "config.json", "-o", "made", "--shards", "0");

        Assert.AreEqual(2, run.ExitCode);
        Assert.Contains("--shards must be at least 1, got 0.", run.Error);
    }

    private static SafetensorsFile ShardWith(string folder, string tensor)
    {
        JsonNode index = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "model.safetensors.index.json")))!;
        return SafetensorsFile.Open(Path.Combine(folder, (string)index["weight_map"]![tensor]!));
    }
}
