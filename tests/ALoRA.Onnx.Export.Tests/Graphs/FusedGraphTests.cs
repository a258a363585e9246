using System.Text.Json;
using ALoRA.Onnx.Export.Graphs.Proto;
using DataType = ALoRA.Onnx.Export.Graphs.Proto.TensorProto.Types.DataType;

namespace ALoRA.Onnx.Export.Tests.Graphs;

/// <summary>The graph with operators of our own: the base's nodes, and one or two for the branch of each adapter group.</summary>
[TestClass]
public sealed class FusedGraphTests
{
    [TestMethod]
    [DataRow("llama")]
    [DataRow("granite")]
    public async Task Export_Fused_HasTheBasesNodesAndOneForEachGroup(string architecture)
    {
        using TemporaryFolder temporary = new();
        await Exporter.ExportAsync(new SyntheticCheckpoint(architecture, layers: 3).Write(temporary["checkpoint"]), temporary["model"]);
        GraphProto without = (await ReadAsync(temporary["model", "base.onnx"])).Graph;
        ModelProto model = await ReadAsync(temporary["model", "fused.onnx"]);
        GraphProto fused = model.Graph;

        NodeProto[] own = [.. fused.Node.Where(node => node.Domain == "alora")];
        Assert.HasCount(3 * 4, own);
        Assert.IsTrue(own.All(node => node.OpType == "LoraAdd"));
        CollectionAssert.AreEqual(
            new[] { "/model/adapter_slot/Gather", "/model/adapter_slot/ids/Shape", "/model/adapter_slot/rows/Expand" },
            fused.Node.Except(own).Select(node => node.Name).Except(without.Node.Select(node => node.Name)).Order().ToArray());
        CollectionAssert.IsSubsetOf(without.Node.Select(node => node.Name).ToArray(), fused.Node.Select(node => node.Name).ToArray());
        CollectionAssert.IsSubsetOf(without.Initializer.ToArray(), fused.Initializer.ToArray());
        Assert.AreEqual(1, model.OpsetImport.Single(import => import.Domain == "alora").Version);
    }

    [TestMethod]
    public async Task Export_Fused_HasTablesOfAdaptersByTheNamesOfTheirInputs()
    {
        using TemporaryFolder temporary = new();
        await Exporter.ExportAsync(new SyntheticCheckpoint(layers: 1).Write(temporary["checkpoint"]), temporary["model"]);
        GraphProto plain = (await ReadAsync(temporary["model", "model.onnx"])).Graph;
        foreach ((string file, DataType type) in new[] { ("fused.onnx", DataType.Float), ("fused_bfloat16.onnx", DataType.Bfloat16) })
        {
            GraphProto fused = (await ReadAsync(temporary["model", file])).Graph;
            CollectionAssert.AreEquivalent(
                plain.Input.Select(input => input.Name).Except(["activation_mask"])
                    .Concat(
                    [
                        "adapter_slot", "adapter_ranks.qkv", "adapter_ranks.o", "adapter_ranks.gate_up", "adapter_ranks.down",
                    ]).ToArray(),
                fused.Input.Select(input => input.Name).ToArray());
            TypeProto.Types.Tensor a = TypeOf(fused, "model.layers.0.self_attn.qkv_proj.lora_A.weight");
            TypeProto.Types.Tensor b = TypeOf(fused, "model.layers.0.self_attn.qkv_proj.lora_B.weight");
            Assert.AreEqual((int)type, a.ElemType);
            Assert.AreEqual((int)type, b.ElemType);
            NodeProto node = fused.Node.Single(node => node.Name == "/model/layers.0/self_attn/qkv_proj/lora/LoraAdd");
            Assert.AreEqual(b.Shape.Dim[2].DimValue, node.Attribute.Single(attribute => attribute.Name == "parts").Ints.Sum());
            Assert.AreEqual("adapter_slots, 64, R_qkv", Show(a));
            Assert.AreEqual("adapter_slots, r_qkv, 128", Show(b));
            TensorProto slot = fused.Initializer.Single(initializer => initializer.Name == "adapter_slot");
            Assert.AreEqual(-1, BitConverter.ToInt32(slot.RawData.Span));
        }
    }

    [TestMethod]
    [DataRow(ExportPrecision.Float16, (int)DataType.Float16)]
    [DataRow(ExportPrecision.BFloat16, (int)DataType.Bfloat16)]
    public async Task Export_FusedOfOtherBlocksIn16Bits_ShrinksBeforeTheProductAndExpandsBehindIt(ExportPrecision precision, int type)
    {
        using TemporaryFolder temporary = new();
        await Exporter.ExportAsync(
            new SyntheticCheckpoint(layers: 1).Write(temporary["checkpoint"]), temporary["model"],
            new ExportOptions { Precision = ExportPrecision.Int8, ActivationPrecision = precision, BlockSize = 16 });
        GraphProto fused = (await ReadAsync(temporary["model", "fused.onnx"])).Graph;
        NodeProto shrink = fused.Node.Single(node => node.Name == "/model/layers.0/mlp/down_proj/lora_A/LoraShrink");
        NodeProto product = fused.Node.Single(node => node.Name == "/model/layers.0/mlp/down_proj/MatMul");
        NodeProto expand = fused.Node.Single(node => node.Name == "/model/layers.0/mlp/down_proj/lora_B/LoraExpand");
        // The operator says no shape, which ONNX Runtime's product of blocks asks for.
        NodeProto shaped = fused.Node.Single(node => node.Output.Contains(product.Input[0]));
        Assert.AreEqual("Reshape", shaped.OpType);
        Assert.AreEqual(shrink.Output[0], shaped.Input[0]);
        Assert.AreEqual(product.Output[0], expand.Input[0]);
        Assert.AreEqual(shrink.Output[1], expand.Input[1]);
        Assert.AreEqual(shrink.Input[1], expand.Input[2]);
        Assert.AreEqual(shrink.Output[0], expand.Input[5]);
        TypeProto.Types.Tensor a = TypeOf(fused, "model.layers.0.mlp.down_proj.lora_A.weight");
        Assert.AreEqual(type, a.ElemType);
        Assert.AreEqual("adapter_slots, R_down, 96", Show(a));
        Assert.AreEqual("adapter_slots, 64, r_down", Show(TypeOf(fused, "model.layers.0.mlp.down_proj.lora_B.weight")));
        Assert.IsFalse(File.Exists(temporary["model", "fused_bfloat16.onnx"]));
    }

    [TestMethod]
    public async Task Export_Float16_HasStepOperatorsThatDoWhatFollowsTheirProducts()
    {
        using TemporaryFolder temporary = new();
        await Exporter.ExportAsync(
            new SyntheticCheckpoint(layers: 1).Write(temporary["checkpoint"]), temporary["model"],
            new ExportOptions { Precision = ExportPrecision.Float16 });
        GraphProto step = (await ReadAsync(temporary["model", "step.onnx"])).Graph;
        GraphProto fused = (await ReadAsync(temporary["model", "fused.onnx"])).Graph;
        Assert.IsFalse(step.Input.Any(input => input.Name.Contains("adapter", StringComparison.Ordinal)));
        foreach (GraphProto graph in (GraphProto[])[step, fused])
        {
            NodeProto up = graph.Node.Single(node => node.Name == "/model/layers.0/mlp/gate_up_proj/LoraProduct");
            NodeProto down = graph.Node.Single(node => node.Name == "/model/layers.0/mlp/down_proj/LoraProduct");
            Assert.AreEqual(1, up.Attribute.Single(attribute => attribute.Name == "swiglu").Ints[0]);
            Assert.AreEqual("/model/layers.0/self_attn/o_proj/LoraProduct/output_0", down.Input[2]);
            Assert.IsFalse(graph.Node.Any(node => node.OpType is "FusedMatMul" or "SkipSimplifiedLayerNormalization" or "Sigmoid"));
        }

        NodeProto norm = fused.Node.Single(node => node.Name == "/model/layers.0/input_layernorm/RmsNormShrink");
        NodeProto product = fused.Node.Single(node => node.Name == "/model/layers.0/self_attn/qkv_proj/LoraProduct");
        CollectionAssert.AreEqual(norm.Output.ToArray(), new[] { product.Input[0], product.Input[3] });
        Assert.AreEqual(1, product.Attribute.Single(attribute => attribute.Name == "waits").Ints[0]);
    }

    // What a product and its first half say to each other; and only the last layer's slots are given by a node.
    [TestMethod]
    public async Task Export_StepOperators_SayWhoWaitsForWhat()
    {
        using TemporaryFolder temporary = new();
        await Exporter.ExportAsync(
            new SyntheticCheckpoint(layers: 2).Write(temporary["checkpoint"]), temporary["model"],
            new ExportOptions { Precision = ExportPrecision.Float16 });
        GraphProto fused = (await ReadAsync(temporary["model", "fused.onnx"])).Graph;
        foreach (NodeProto product in fused.Node.Where(node => node.OpType == "LoraProduct" && node.Input.Count > 3))
        {
            NodeProto before = fused.Node.Single(node => node.Output.Contains(product.Input[3]));
            Assert.AreEqual(before.OpType == "LoraShrink", Has(before, "ahead"), before.Name);
            Assert.AreEqual(Has(before, "ahead"), Has(product, "ahead"), product.Name);
            Assert.AreNotEqual(Has(product, "ahead"), Has(product, "waits"), product.Name);
            Assert.AreEqual(
                before.Input.Contains("/model/adapter_slot/Gather/output_0"), Has(before, "late"), before.Name);
        }

        Assert.AreEqual(3, fused.Node.Count(node => Has(node, "late")));
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public async Task Export_StepOperatorsOf4Bits_ReadTheCodesThatTheGraphOfTheBaseReads(bool isSymmetric)
    {
        using TemporaryFolder temporary = new();
        await Exporter.ExportAsync(
            new SyntheticCheckpoint(layers: 1).Write(temporary["checkpoint"]), temporary["model"],
            new ExportOptions
            {
                Precision = ExportPrecision.Int4,
                ActivationPrecision = ExportPrecision.Float16,
                Symmetric = isSymmetric,
            });
        GraphProto plain = (await ReadAsync(temporary["model", "base.onnx"])).Graph;
        foreach (string file in (string[])["step.onnx", "fused.onnx"])
        {
            GraphProto graph = (await ReadAsync(temporary["model", file])).Graph;
            NodeProto down = graph.Node.Single(node => node.Name == "/model/layers.0/mlp/down_proj/NibbleProduct");
            NodeProto twin = plain.Node.Single(node => node.Name == "/model/layers.0/mlp/down_proj/MatMul");
            CollectionAssert.AreEqual(twin.Input.Skip(1).ToArray(), down.Input.Skip(1).Take(isSymmetric ? 2 : 3).ToArray());
            Assert.AreEqual("/model/layers.0/self_attn/o_proj/NibbleProduct/output_0", down.Input[4]);
            Assert.AreEqual(isSymmetric, down.Input[3].Length == 0);

            // The head has 8 bits, and a product of its own.
            NodeProto head = graph.Node.Single(node => node.OpType == "ByteProduct");
            NodeProto headTwin = plain.Node.Single(node => node.Name == "/lm_head/MatMul");
            CollectionAssert.AreEqual(headTwin.Input.Skip(1).ToArray(), head.Input.Skip(1).ToArray());
            Assert.AreEqual(8, headTwin.Attribute.Single(attribute => attribute.Name == "bits").I);
            Assert.IsFalse(graph.Node.Any(node => node.OpType == "MatMulNBits"));
        }
    }

    [TestMethod]
    [DataRow(ExportPrecision.Int8, "cpu")]
    [DataRow(ExportPrecision.Float16, "cuda")]
    public async Task Export_Fused_SaysProviderAndVersionOfTheOperators(ExportPrecision precision, string provider)
    {
        using TemporaryFolder temporary = new();
        await Exporter.ExportAsync(
            new SyntheticCheckpoint(layers: 1).Write(temporary["checkpoint"]), temporary["model"],
            new ExportOptions { Precision = precision });
        using JsonDocument manifest = JsonDocument.Parse(await File.ReadAllBytesAsync(temporary["model", "alora_config.json"]));
        JsonElement operators = manifest.RootElement.GetProperty("operators");
        Assert.AreEqual("alora", operators.GetProperty("domain").GetString());
        Assert.AreEqual(1, operators.GetProperty("version").GetInt32());
        Assert.AreEqual(provider, operators.GetProperty("provider").GetString());
        Assert.AreEqual("fused.onnx", manifest.RootElement.GetProperty("graphs").GetProperty("fused").GetString());
    }

    [TestMethod]
    public async Task Export_WithoutFusedOrGroups_LeavesGraphsAndKeysOut()
    {
        foreach (ExportOptions options in new ExportOptions[] { new() { Fused = false }, new() { AdapterGroups = [] } })
        {
            using TemporaryFolder temporary = new();
            await Exporter.ExportAsync(new SyntheticCheckpoint(layers: 1).Write(temporary["checkpoint"]), temporary["model"], options);
            Assert.IsEmpty(Directory.GetFiles(temporary["model"], "fused*"));
            string manifest = await File.ReadAllTextAsync(temporary["model", "alora_config.json"]);
            Assert.DoesNotContain("fused", manifest);
            Assert.DoesNotContain("operators", manifest);
        }
    }

    private static TypeProto.Types.Tensor TypeOf(GraphProto graph, string input) =>
        graph.Input.Single(one => one.Name == input).Type.TensorType;

    private static bool Has(NodeProto node, string attribute) => node.Attribute.Any(one => one.Name == attribute && one.Ints is [1]);

    private static string Show(TypeProto.Types.Tensor tensor) =>
        string.Join(", ", tensor.Shape.Dim.Select(dim => dim.DimParam.Length > 0 ? dim.DimParam : $"{dim.DimValue}"));

    private static async Task<ModelProto> ReadAsync(string file) => ModelProto.Parser.ParseFrom(await File.ReadAllBytesAsync(file));
}
