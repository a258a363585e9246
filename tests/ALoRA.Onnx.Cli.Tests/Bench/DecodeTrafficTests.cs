using System.Globalization;
using ALoRA.Onnx.Cli.Bench;
using ALoRA.Onnx.Export.Graphs.Proto;

namespace ALoRA.Onnx.Cli.Tests.Bench;

[TestClass]
public sealed class DecodeTrafficTests
{
    [TestMethod]
    public async Task Read_DemoModel_IsAllWeightsAndAllRows()
    {
        string folder = await DemoModel.GetFolderAsync();
        ModelManifest manifest = ModelManifest.Read(folder);

        DecodeTraffic traffic = DecodeTraffic.Read(folder, manifest);

        // Embedding and head are one table, so that a token reads every weight; the tables of cosines and sines are no weights.
        Assert.AreEqual(manifest.Parameters * sizeof(float), traffic.WeightsBytes);
        Assert.IsLessThan(manifest.WeightsBytes, traffic.WeightsBytes);
        Assert.AreEqual(
            100L * 2 * manifest.LayerCount * manifest.KeyValueHeads * manifest.HeadDim * sizeof(float),
            traffic.BytesAt(100) - traffic.WeightsBytes);
    }

    [TestMethod]
    public async Task Of_TablesAndWeights_CountsWhatIsReadWholeOnce()
    {
        GraphProto graph = new();
        Store(graph, "embedding", offset: 0, length: 1000);
        Store(graph, "cosines", offset: 1000, length: 100);
        Store(graph, "projection", offset: 1100, length: 400);
        Store(graph, "same_projection", offset: 1100, length: 400);
        Store(graph, "head", offset: 1500, length: 2000);
        graph.Initializer.Add(new TensorProto { Name = "inside" });
        Add(graph, "Gather", "embedding", "input_ids");
        Add(graph, "MatMul", "x", "projection");
        Add(graph, "MatMulNBits", "x", "same_projection", "inside");
        Add(graph, "RotaryEmbedding", "x", "positions", "cosines", "cosines");
        Add(graph, "GroupQueryAttention", "q", "k", "v", "past_k", "past_v", "lengths", "total", "cosines", "cosines");
        Add(graph, "MatMul", "x", "head");

        DecodeTraffic traffic = DecodeTraffic.Of(graph, await ManifestAsync());

        Assert.AreEqual(400 + 2000, traffic.WeightsBytes);
    }

    [TestMethod]
    public async Task Of_QuantizedTableThatIsTheHeadToo_CountsCodesAndScales()
    {
        GraphProto graph = new();
        Store(graph, "table", offset: 0, length: 1000);
        Store(graph, "codes", offset: 0, length: 1000);
        Store(graph, "scales", offset: 1000, length: 64);
        Store(graph, "other_table", offset: 2000, length: 5000);
        Store(graph, "other_scales", offset: 7000, length: 300);
        Add(graph, "GatherBlockQuantized", "table", "input_ids", "scales");
        Add(graph, "GatherBlockQuantized", "other_table", "input_ids", "other_scales");
        Add(graph, "MatMulNBits", "x", "codes", "scales");

        DecodeTraffic traffic = DecodeTraffic.Of(graph, await ManifestAsync());

        Assert.AreEqual(1064, traffic.WeightsBytes);
    }

    [TestMethod]
    public async Task BytesAt_LayerWithWindow_CountsNoMoreRowsThanThat()
    {
        ModelManifest manifest = await ManifestAsync();
        GraphProto graph = new();
        Add(graph, "GroupQueryAttention", "qkv");
        Add(graph, "GroupQueryAttention", "qkv").Attribute.Add(new AttributeProto { Name = "local_window_size", I = 10 });
        long row = 2L * manifest.KeyValueHeads * manifest.HeadDim * sizeof(float);

        DecodeTraffic traffic = DecodeTraffic.Of(graph, manifest);

        Assert.AreEqual(row * (4 + 4), traffic.BytesAt(4));
        Assert.AreEqual(row * (500 + 10), traffic.BytesAt(500));
    }

    private static async Task<ModelManifest> ManifestAsync() => ModelManifest.Read(await DemoModel.GetFolderAsync());

    private static NodeProto Add(GraphProto graph, string operation, params string[] inputs)
    {
        NodeProto node = new() { OpType = operation };
        node.Input.AddRange(inputs);
        graph.Node.Add(node);
        return node;
    }

    private static void Store(GraphProto graph, string name, long offset, long length)
    {
        TensorProto tensor = new() { Name = name, DataLocation = TensorProto.Types.DataLocation.External };
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "offset", Value = offset.ToString(CultureInfo.InvariantCulture) });
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "length", Value = length.ToString(CultureInfo.InvariantCulture) });
        graph.Initializer.Add(tensor);
    }
}
