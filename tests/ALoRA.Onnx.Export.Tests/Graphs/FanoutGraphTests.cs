using ALoRA.Onnx.Export.Graphs.Proto;

namespace ALoRA.Onnx.Export.Tests.Graphs;

/// <summary>The graph for branches: the model's graph with a position and a bias for each token, over the same bytes.</summary>
[TestClass]
public sealed class FanoutGraphTests
{
    [TestMethod]
    [DataRow("llama")]
    [DataRow("granite")]
    public async Task Export_Fanout_HasTheModelsNodesAndWeights(string architecture)
    {
        using TemporaryFolder temporary = new();
        await Exporter.ExportAsync(new SyntheticCheckpoint(architecture, layers: 3).Write(temporary["checkpoint"]), temporary["model"]);
        GraphProto model = await ReadAsync(temporary["model", "model.onnx"]);
        GraphProto fanout = await ReadAsync(temporary["model", "fanout.onnx"]);

        CollectionAssert.AreEqual(
            new[] { "attention_bias", "position_ids" },
            fanout.Input.Select(input => input.Name).Except(model.Input.Select(input => input.Name)).Order().ToArray());
        CollectionAssert.AreEqual(model.Initializer.ToArray(), fanout.Initializer.ToArray());
        CollectionAssert.AreEqual(model.Node.Select(node => node.Name).ToArray(), fanout.Node.Select(node => node.Name).ToArray());
        foreach (NodeProto attention in fanout.Node.Where(node => node.OpType == "GroupQueryAttention"))
        {
            CollectionAssert.AreEqual(new[] { "position_ids", "attention_bias" }, attention.Input.Skip(9).ToArray());
        }
    }

    [TestMethod]
    public async Task Export_WithoutFanout_LeavesGraphAndKeyOut()
    {
        using TemporaryFolder temporary = new();
        await Exporter.ExportAsync(
            new SyntheticCheckpoint(layers: 1).Write(temporary["checkpoint"]), temporary["model"], new ExportOptions { Fanout = false });
        Assert.IsFalse(File.Exists(temporary["model", "fanout.onnx"]));
        Assert.DoesNotContain("fanout", await File.ReadAllTextAsync(temporary["model", "alora_config.json"]));
    }

    private static async Task<GraphProto> ReadAsync(string file) => ModelProto.Parser.ParseFrom(await File.ReadAllBytesAsync(file)).Graph;
}
