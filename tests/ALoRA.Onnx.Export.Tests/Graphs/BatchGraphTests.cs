using System.Text.Json;
using ALoRA.Onnx.Export.Graphs.Proto;

namespace ALoRA.Onnx.Export.Tests.Graphs;

/// <summary>The graph for steps of many sequences: attention by an operator of our own, all else as in the graph with tables.</summary>
[TestClass]
public sealed class BatchGraphTests
{
    [TestMethod]
    [DataRow("llama")]
    [DataRow("granite")]
    public async Task Export_Batch_HasSlotAttentionWhereTheFusedGraphHasAttention(string architecture)
    {
        using TemporaryFolder temporary = new();
        await Exporter.ExportAsync(new SyntheticCheckpoint(architecture, layers: 2).Write(temporary["checkpoint"]), temporary["model"]);
        foreach (string suffix in new[] { "", "_bfloat16" })
        {
            GraphProto fused = (await ReadAsync(temporary["model", $"fused{suffix}.onnx"])).Graph;
            ModelProto model = await ReadAsync(temporary["model", $"batch{suffix}.onnx"]);
            GraphProto batch = model.Graph;
            NodeProto[] own = [.. batch.Node.Where(node => node.OpType == "SlotAttention")];
            Assert.HasCount(2, own);
            Assert.IsTrue(own.All(node => node.Domain == "alora" && node.Input[5] == "cache_slots" && node.Input[6] == "position_ids"));
            Assert.IsFalse(batch.Node.Any(node => node.OpType is "GroupQueryAttention" or "RotaryEmbedding"));
            CollectionAssert.IsSubsetOf(
                fused.Node.Where(node => node.OpType is "LoraAdd" or "FusedMatMul").Select(node => node.Name).ToArray(),
                batch.Node.Select(node => node.Name).ToArray());
            CollectionAssert.IsSubsetOf(
                fused.Initializer.Where(one => one.ExternalData.Count > 0).ToArray(), batch.Initializer.ToArray());
            CollectionAssert.AreEqual(new[] { "logits" }, batch.Output.Select(output => output.Name).ToArray());
            CollectionAssert.IsSubsetOf(
                new[] { "input_ids", "position_ids", "cache_slots", "logits_positions", "cache.0.key", "cache.1.value" },
                batch.Input.Select(input => input.Name).ToArray());
            Assert.IsFalse(batch.Input.Any(input => input.Name is "seqlens_k" or "total_sequence_length" or "past_key_values.0.key"));
            Assert.AreEqual(1, model.OpsetImport.Single(import => import.Domain == "alora").Version);
        }
    }

    [TestMethod]
    [DataRow(ExportPrecision.Float32, true)]
    [DataRow(ExportPrecision.Int4, true)]
    [DataRow(ExportPrecision.Int8, true)]
    [DataRow(ExportPrecision.Float16, false)]
    [DataRow(ExportPrecision.BFloat16, false)]
    public async Task Export_Batch_IsForFloat32Activations(ExportPrecision precision, bool expected)
    {
        using TemporaryFolder temporary = new();
        await Exporter.ExportAsync(
            new SyntheticCheckpoint(layers: 1).Write(temporary["checkpoint"]), temporary["model"],
            new ExportOptions { Precision = precision });
        using JsonDocument manifest = JsonDocument.Parse(await File.ReadAllBytesAsync(temporary["model", "alora_config.json"]));
        JsonElement graphs = manifest.RootElement.GetProperty("graphs");
        foreach (string name in new[] { "batch", "batch_bfloat16" })
        {
            Assert.AreEqual(expected, graphs.TryGetProperty(name, out JsonElement file) && file.GetString() == $"{name}.onnx");
            Assert.AreEqual(expected, File.Exists(temporary["model", $"{name}.onnx"]));
        }
    }

    [TestMethod]
    public async Task Export_WithoutFused_LeavesItOut()
    {
        using TemporaryFolder temporary = new();
        await Exporter.ExportAsync(
            new SyntheticCheckpoint(layers: 1).Write(temporary["checkpoint"]), temporary["model"], new ExportOptions { Fused = false });
        Assert.IsEmpty(Directory.GetFiles(temporary["model"], "batch*"));
    }

    private static async Task<ModelProto> ReadAsync(string file) => ModelProto.Parser.ParseFrom(await File.ReadAllBytesAsync(file));
}
