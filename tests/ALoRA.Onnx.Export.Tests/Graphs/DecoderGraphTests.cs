using System.Text.Json.Nodes;
using ALoRA.Onnx.Export.Graphs.Proto;

namespace ALoRA.Onnx.Export.Tests.Graphs;

/// <summary>The shape of the graph. Node counts guard its speed: each node of a layer is paid in every decode step.</summary>
[TestClass]
public sealed class DecoderGraphTests
{
    private const string LoraOfFourGroups = "Add 4, MatMul 8, Mul 4";

    [TestMethod]
    public async Task Export_LlamaLayer_HasNoNodeTooMany()
    {
        GraphProto graph = (await ModelAsync(new SyntheticCheckpoint(layers: 3), new ExportOptions { AdapterGroups = [] })).Graph;
        Assert.AreEqual(
            "FusedMatMul 4, GroupQueryAttention 1, Mul 2, Sigmoid 1, SkipSimplifiedLayerNormalization 2, Split 1",
            Operators(graph, "/model/layers.1/"));
    }

    [TestMethod]
    public async Task Export_AdapterGroups_AddFourNodesEach()
    {
        GraphProto bare = (await ModelAsync(new SyntheticCheckpoint(layers: 3), new ExportOptions { AdapterGroups = [] })).Graph;
        GraphProto adapted = (await ModelAsync(new SyntheticCheckpoint(layers: 3), new ExportOptions())).Graph;
        Assert.AreEqual(
            LoraOfFourGroups,
            Operators(adapted.Node.Where(node => node.Name.StartsWith("/model/layers.1/", StringComparison.Ordinal)
                && !bare.Node.Any(other => other.Name == node.Name))));
    }

    [TestMethod]
    public async Task Export_AdapterBias_AddsOneNodeAGroupAndNothingWithout()
    {
        GraphProto without = (await ModelAsync(new SyntheticCheckpoint(layers: 3), new ExportOptions())).Graph;
        GraphProto with = (await ModelAsync(new SyntheticCheckpoint(layers: 3), new ExportOptions { AdapterBias = true })).Graph;
        Assert.IsFalse(without.Input.Any(input => input.Name.EndsWith(".lora_A.bias", StringComparison.Ordinal)));
        Assert.AreEqual(3 * 4, with.Input.Count(input => input.Name.EndsWith(".lora_A.bias", StringComparison.Ordinal)));
        Assert.AreEqual(
            "Add 4",
            Operators(with.Node.Where(node => node.Name.StartsWith("/model/layers.1/", StringComparison.Ordinal)
                && !without.Node.Any(other => other.Name == node.Name))));
    }

    [TestMethod]
    [DataRow(
        "qwen3",
        "FusedMatMul 4, GroupQueryAttention 1, Mul 2, Reshape 4, Sigmoid 1, SimplifiedLayerNormalization 2, "
        + "SkipSimplifiedLayerNormalization 2, Split 2")]
    [DataRow("phi3", "FusedMatMul 4, GroupQueryAttention 1, Mul 2, Sigmoid 1, SkipSimplifiedLayerNormalization 2, Split 1")]
    [DataRow(
        "gemma2",
        "FusedMatMul 4, Gelu 1, GroupQueryAttention 1, Mul 1, SimplifiedLayerNormalization 2, SkipSimplifiedLayerNormalization 2, Split 1")]
    [DataRow("olmo2", "Add 2, FusedMatMul 4, GroupQueryAttention 1, Mul 2, Sigmoid 1, SimplifiedLayerNormalization 4, Split 2")]
    [DataRow("starcoder2", "Add 4, FusedMatMul 4, Gelu 1, GroupQueryAttention 1, SkipLayerNormalization 2")]
    public async Task Export_LayerOfAnotherArchitecture_HasNoNodeTooMany(string modelType, string expected)
    {
        SyntheticCheckpoint checkpoint = SyntheticCheckpoint.For(new JsonObject
        {
            ["model_type"] = modelType,
            ["vocab_size"] = 48,
            ["hidden_size"] = 64,
            ["intermediate_size"] = 96,
            ["num_hidden_layers"] = 3,
            ["num_attention_heads"] = 4,
            ["num_key_value_heads"] = 2,
            ["head_dim"] = 16,
        });
        GraphProto graph = (await ModelAsync(checkpoint, new ExportOptions { AdapterGroups = [], MaxContextLength = 64 })).Graph;
        Assert.AreEqual(expected, Operators(graph, "/model/layers.1/"));
    }

    [TestMethod]
    public async Task Export_WindowAndSoftCap_AreAttributesOfTheLayersThatHaveThem()
    {
        SyntheticCheckpoint checkpoint = SyntheticCheckpoint.For(new JsonObject
        {
            ["model_type"] = "gemma2",
            ["vocab_size"] = 48,
            ["hidden_size"] = 64,
            ["intermediate_size"] = 96,
            ["num_hidden_layers"] = 2,
            ["num_attention_heads"] = 4,
            ["head_dim"] = 16,
            ["sliding_window"] = 7,
            ["attn_logit_softcapping"] = 20.0,
        });
        GraphProto graph = (await ModelAsync(checkpoint, new ExportOptions { AdapterGroups = [], MaxContextLength = 64 })).Graph;
        NodeProto[] attention = [.. graph.Node.Where(node => node.OpType == "GroupQueryAttention")];
        Assert.AreEqual(7, attention[0].Attribute.Single(attribute => attribute.Name == "local_window_size").I);
        Assert.IsFalse(attention[1].Attribute.Any(attribute => attribute.Name == "local_window_size"));
        Assert.IsTrue(attention.All(node => node.Attribute.Single(attribute => attribute.Name == "softcap").F == 20));
    }

    [TestMethod]
    public async Task Export_GraniteLayer_HasTwoMultipliersMore()
    {
        SyntheticCheckpoint checkpoint = new("granite", layers: 3);
        checkpoint.Config["residual_multiplier"] = 0.25;
        GraphProto graph = (await ModelAsync(checkpoint, new ExportOptions { AdapterGroups = [] })).Graph;
        Assert.AreEqual(
            "FusedMatMul 4, GroupQueryAttention 1, Mul 4, Sigmoid 1, SkipSimplifiedLayerNormalization 2, Split 1",
            Operators(graph, "/model/layers.1/"));
    }

    [TestMethod]
    public async Task Export_Biases_AreOneNodeAGroup()
    {
        SyntheticCheckpoint checkpoint = new(layers: 3);
        checkpoint.Config["attention_bias"] = true;
        for (int layer = 0; layer < 3; layer++)
        {
            checkpoint.Add($"model.layers.{layer}.self_attn.q_proj.bias", 1, 64);
            checkpoint.Add($"model.layers.{layer}.self_attn.k_proj.bias", 1, 32);
            checkpoint.Add($"model.layers.{layer}.self_attn.v_proj.bias", 1, 32);
            checkpoint.Add($"model.layers.{layer}.self_attn.o_proj.bias", 1, 64);
        }

        GraphProto graph = (await ModelAsync(checkpoint, new ExportOptions { AdapterGroups = [] })).Graph;
        StringAssert.StartsWith(Operators(graph, "/model/layers.1/"), "Add 2, FusedMatMul 4, ", StringComparison.Ordinal);
        CollectionAssert.Contains(graph.Initializer.Single(tensor => tensor.Name == "model.layers.1.self_attn.qkv_proj.bias").Dims, 128L);
    }

    [TestMethod]
    public async Task Export_Int4Layer_HasTheNodesOfTheFloatLayer()
    {
        GraphProto graph = (await ModelAsync(
            new SyntheticCheckpoint(layers: 3),
            new ExportOptions { AdapterGroups = [], Precision = ExportPrecision.Int4, AccuracyLevel = 4 })).Graph;
        Assert.AreEqual(
            "GroupQueryAttention 1, MatMulNBits 4, Mul 2, Sigmoid 1, SkipSimplifiedLayerNormalization 2, Split 1",
            Operators(graph, "/model/layers.1/"));
        NodeProto product = graph.Node.First(node => node.OpType == "MatMulNBits");
        Assert.AreEqual(4, product.Attribute.Single(attribute => attribute.Name == "accuracy_level").I);
    }

    [TestMethod]
    [DataRow(0, 2, 4)]
    [DataRow(4, 1, 8)]
    public async Task Export_Int8Head_IsTwoFourBitProductsUnlessActivationsAreRounded(int accuracyLevel, int products, int bits)
    {
        GraphProto graph = (await ModelAsync(
            new SyntheticCheckpoint(), new ExportOptions { Precision = ExportPrecision.Int4, AccuracyLevel = accuracyLevel })).Graph;
        NodeProto[] head =
            [.. graph.Node.Where(node => node.Name.StartsWith("/lm_head/", StringComparison.Ordinal) && node.OpType == "MatMulNBits")];
        Assert.HasCount(products, head);
        Assert.IsTrue(head.All(node => node.Attribute.Single(attribute => attribute.Name == "bits").I == bits));
    }

    [TestMethod]
    [DataRow(ExportPrecision.Float32)]
    [DataRow(ExportPrecision.Int4)]
    [DataRow(ExportPrecision.Int8)]
    public async Task Export_UntiedTables_EveryInitializerIsUsed(ExportPrecision precision)
    {
        GraphProto graph = (await ModelAsync(
            new SyntheticCheckpoint(tied: false), new ExportOptions { Precision = precision, Symmetric = false })).Graph;
        HashSet<string> used = [.. graph.Node.SelectMany(node => node.Input)];
        Assert.IsEmpty(graph.Initializer.Select(tensor => tensor.Name).Where(name => !used.Contains(name)));
    }

    [TestMethod]
    public async Task Export_TopOfTheGraph_WidensTheMaskOncePerGroup()
    {
        GraphProto graph = (await ModelAsync(new SyntheticCheckpoint(layers: 3), new ExportOptions())).Graph;
        NodeProto[] mask = [.. graph.Node.Where(node => node.Name.StartsWith("/model/activation_mask/", StringComparison.Ordinal))];

        // The last layer takes the mask's rows for o, gate_up and down at the logits' positions.
        Assert.AreEqual("Concat 5, Div 4, Expand 7, Gather 3, Reshape 4, Shape 7, Unsqueeze 1", Operators(mask));
    }

    [TestMethod]
    public async Task Export_Names_AreThoseOfTheContract()
    {
        ModelProto model = await ModelAsync(new SyntheticCheckpoint(), new ExportOptions());
        GraphProto graph = model.Graph;

        Assert.AreEqual(10, model.IrVersion);
        Assert.AreEqual("21/1", string.Join('/', model.OpsetImport.Select(opset => opset.Version)));
        CollectionAssert.AreEqual(
            new[]
            {
                "input_ids", "seqlens_k", "total_sequence_length", "logits_positions", "past_key_values.0.key", "past_key_values.0.value",
                "past_key_values.1.key", "past_key_values.1.value",
            },
            graph.Input.Select(input => input.Name).Except(graph.Initializer.Select(tensor => tensor.Name)).ToArray());
        CollectionAssert.AreEqual(
            new[] { "logits", "present.0.key", "present.0.value", "present.1.key", "present.1.value" },
            graph.Output.Select(output => output.Name).ToArray());
        Assert.IsEmpty(graph.Input.Single(input => input.Name == "total_sequence_length").Type.TensorType.Shape.Dim);
        ValueInfoProto b = graph.Input.Single(input => input.Name == "model.layers.1.mlp.gate_up_proj.lora_B.weight");
        Assert.AreEqual("R_gate_up", b.Type.TensorType.Shape.Dim[0].DimParam);
        Assert.AreEqual(192, b.Type.TensorType.Shape.Dim[1].DimValue);
        Assert.IsTrue(
            graph.Node.Any(node => node.Name == "/model/layers.0/self_attn/qkv_proj/MatMul" && node.Output[0] == node.Name + "/output_0"));
        Assert.AreEqual(graph.Node.Count, graph.Node.Select(node => node.Name).Distinct().Count());
    }

    [TestMethod]
    public async Task Export_ExternalTensors_AreAlignedAndInsideTheFile()
    {
        using TemporaryFolder temporary = new();
        await Exporter.ExportAsync(Wide().Write(temporary["tiny"]), temporary["model"]);
        ModelProto model = ModelProto.Parser.ParseFrom(await File.ReadAllBytesAsync(temporary["model", "model.onnx"]));
        long length = new FileInfo(temporary["model", "model.onnx.data"]).Length;
        int large = 0;
        long end = 0;
        foreach (TensorProto tensor in model.Graph.Initializer.Where(
            tensor => tensor.DataLocation == TensorProto.Types.DataLocation.External))
        {
            Dictionary<string, string> place = tensor.ExternalData.ToDictionary(entry => entry.Key, entry => entry.Value);
            long offset = long.Parse(place["offset"], System.Globalization.CultureInfo.InvariantCulture);
            long bytes = long.Parse(place["length"], System.Globalization.CultureInfo.InvariantCulture);
            Assert.AreEqual("model.onnx.data", place["location"]);
            Assert.AreEqual(0, offset % (bytes >= 1 << 20 ? 65536 : 64), tensor.Name);
            Assert.AreEqual(bytes, tensor.Dims.Aggregate(1L, (a, b) => a * b) * sizeof(float), tensor.Name);
            end = Math.Max(end, offset + bytes);
            large += bytes >= 1 << 20 ? 1 : 0;
        }

        Assert.AreEqual(length, end);
        Assert.AreEqual(1, large);
    }

    // A table of more than 1 MiB.
    private static SyntheticCheckpoint Wide()
    {
        SyntheticCheckpoint checkpoint = new();
        checkpoint.Config["vocab_size"] = 5000;
        checkpoint.Add("model.embed_tokens.weight", 1, 5000, SyntheticCheckpoint.Hidden);
        return checkpoint;
    }

    private static async Task<ModelProto> ModelAsync(SyntheticCheckpoint checkpoint, ExportOptions options)
    {
        using TemporaryFolder temporary = new();
        await Exporter.ExportAsync(checkpoint.Write(temporary["tiny"]), temporary["model"], options);
        return ModelProto.Parser.ParseFrom(await File.ReadAllBytesAsync(temporary["model", "model.onnx"]));
    }

    private static string Operators(GraphProto graph, string prefix) =>
        Operators(graph.Node.Where(node => node.Name.StartsWith(prefix, StringComparison.Ordinal)));

    private static string Operators(IEnumerable<NodeProto> nodes) =>
        string.Join(
            ", ",
            nodes.GroupBy(node => node.OpType)
                .OrderBy(group => group.Key, StringComparer.Ordinal)
                .Select(group => $"{group.Key} {group.Count()}"));
}
