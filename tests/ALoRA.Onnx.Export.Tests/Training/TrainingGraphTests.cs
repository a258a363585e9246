using ALoRA.Onnx.Export.Graphs.Proto;
using ALoRA.Onnx.Export.ModelFolders;
using ALoRA.Onnx.Export.Training;

namespace ALoRA.Onnx.Export.Tests.Training;

/// <summary>What is in a training graph, of a checkpoint of random numbers; its numbers are tested where it runs.</summary>
[TestClass]
public sealed class TrainingGraphTests
{
    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public async Task Read_WeightsInBlocks_DecodesEachOnlyWhenItsGradientIsThere(bool symmetric)
    {
        GraphProto graph = await ReadAsync(
            new ExportOptions { Precision = ExportPrecision.Int4, Symmetric = symmetric, AccuracyLevel = 1 }, Everything);
        HashSet<string> computed = graph.Node.SelectMany(node => node.Output).ToHashSet(StringComparer.Ordinal);
        NodeProto[] decoders =
            [.. graph.Node.Where(node => node.Name.StartsWith("train/", StringComparison.Ordinal)
                && node.OpType is "DequantizeLinear" or "GatherBlockQuantized" && !node.Input.Contains("input_ids"))];
        Assert.IsNotEmpty(decoders);
        foreach (NodeProto node in decoders)
        {
            Assert.IsTrue(node.Input.Any(computed.Contains), $"{node.Name} depends on stored tensors alone: it would run first");
        }
    }

    [TestMethod]
    public async Task Read_OneTarget_HasNoOtherBranchAndNoGradientBeforeIt()
    {
        GraphProto graph = await ReadAsync(
            new ExportOptions(), model => [.. Everything(model).Where(branch => branch.Prefix == "model.layers.1.mlp.down_proj")]);
        string[] trained = [.. graph.Input.Select(input => input.Name).Where(name => name.Contains(".lora_", StringComparison.Ordinal))];
        CollectionAssert.AreEqual(
            new[] { "model.layers.1.mlp.down_proj.lora_A.0.weight", "model.layers.1.mlp.down_proj.lora_B.0.weight" }, trained);
        Assert.IsFalse(
            graph.Node.Any(node => node.OpType == "RotaryEmbedding" && node.Input[3].StartsWith("train/", StringComparison.Ordinal)));
        CollectionAssert.AreEquivalent(
            new[] { "loss", "argmax", $"grad/{trained[0]}", $"grad/{trained[1]}" }, graph.Output.Select(output => output.Name).ToArray());
        Assert.IsFalse(graph.Node.Any(node => node.OpType == "Identity"), "a copy of a gradient");
    }

    [TestMethod]
    public async Task Read_PlainLora_HasNoPlaceForAPrefix()
    {
        GraphProto with = await ReadAsync(new ExportOptions(), Everything);
        GraphProto without = await ReadAsync(new ExportOptions(), Everything, hasPrefix: false);
        Assert.AreEqual(4, with.Input.Count(input => input.Name.StartsWith("past_key_values.", StringComparison.Ordinal)));
        Assert.AreEqual(0, without.Input.Count(input => input.Name.StartsWith("past_key_values.", StringComparison.Ordinal)));
    }

    [TestMethod]
    public async Task Read_WeightsOnDisk_AreThoseOfTheInferenceGraph()
    {
        GraphProto graph = await ReadAsync(new ExportOptions(), Everything);
        TensorProto[] stored = [.. graph.Initializer.Where(tensor => tensor.DataLocation == TensorProto.Types.DataLocation.External)];
        Assert.IsNotEmpty(stored);
        Assert.IsTrue(stored.All(tensor => tensor.ExternalData.Any(entry => entry is { Key: "location", Value: "model.onnx.data" })));
        Assert.IsLessThan(4096, graph.Initializer.Sum(tensor => tensor.RawData.Length), "bytes that are in the graph itself");
    }

    [TestMethod]
    public async Task Read_BranchThatTheGraphHasNot_IsRefusedByName()
    {
        CheckpointFormatException refused = await Assert.ThrowsExactlyAsync<CheckpointFormatException>(() => ReadAsync(
            new ExportOptions(),
            model => [.. Everything(model), new TrainedBranch("model.layers.9.mlp.down_proj", 4, [new TrainedPart(4, 1, 1)])]));
        Assert.Contains("The graph has no adapter branch 'model.layers.9.mlp.down_proj'", refused.Message);
    }

    [TestMethod]
    public void Read_FileThatIsNoGraph_IsRefusedByName()
    {
        using TemporaryFolder temporary = new();
        File.WriteAllBytes(temporary["model.onnx"], [255, 255, 255, 255]);
        CheckpointFormatException refused = Assert.ThrowsExactly<CheckpointFormatException>(
            () => TrainingGraph.Read(temporary["model.onnx"], new TrainingLayout([])));
        Assert.Contains($"{temporary["model.onnx"]}: expected an ONNX graph", refused.Message);
    }

    private static TrainedBranch[] Everything(ExportedModel model) =>
    [
        .. Enumerable.Range(0, model.LayerCount).SelectMany(layer => model.AdapterGroups.Select(group => new TrainedBranch(
            group.PrefixOf(layer), group.InputSize, [.. group.Outputs.Select(output => new TrainedPart(output.Size, 2, 1))]))),
    ];

    private static async Task<GraphProto> ReadAsync(
        ExportOptions options, Func<ExportedModel, IReadOnlyList<TrainedBranch>> branches, bool hasPrefix = true)
    {
        using TemporaryFolder temporary = new();
        new SyntheticCheckpoint().Write(temporary["checkpoint"]);
        await Exporter.ExportAsync(temporary["checkpoint"], temporary["model"], options);
        TrainingLayout layout = new(branches(ExportedModel.Open(temporary["model"])), hasPrefix);
        return TrainingGraph.Read(Path.Combine(temporary["model"], "model.onnx"), layout).Model.Graph;
    }
}
