using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Export.Tests.Adapters;

/// <summary>Conversions of small adapters made in the test.</summary>
[TestClass]
public sealed class AdapterConverterTests
{
    [TestMethod]
    public async Task ConvertAsync_QueryAndValue_WritesAllThatTheContractSays()
    {
        using TemporaryFolder temporary = new();
        string model = TestModel.Tiny(temporary);
        string peft = TestAdapter.QueryAndValue().With("alora_invocation_tokens", new JsonArray(7, 8, 49)).Save(temporary, "certainty");

        AdapterReport report = await AdapterConverter.ConvertAsync(peft, model);

        Assert.AreEqual("certainty", report.Name);
        Assert.AreEqual(AdapterKind.Alora, report.Kind);
        CollectionAssert.AreEqual(new[] { "self_attn.q_proj", "self_attn.v_proj" }, report.TargetModules.ToArray());
        Assert.AreEqual(2 * ((2 * 6) + (6 * 2) + (2 * 6) + (4 * 2)), report.Parameters);
        Assert.IsEmpty(report.Warnings, string.Join(" ", report.Warnings));
        string folder = Path.Combine(model, "adapters", "certainty");
        CollectionAssert.AreEquivalent(
            new[] { "adapter.json", "adapter.onnx_adapter" }, Directory.GetFileSystemEntries(folder).Select(Path.GetFileName).ToArray());
        Assert.AreEqual(new FileInfo(Path.Combine(folder, "adapter.onnx_adapter")).Length, report.Bytes);
        CollectionAssert.AreEqual(new[] { folder }, Directory.GetFileSystemEntries(Path.GetDirectoryName(folder)!));
        Assert.AreEqual(
            JsonNode.Parse("""
                {
                  "format": 1,
                  "name": "certainty",
                  "kind": "alora",
                  "weights": "adapter.onnx_adapter",
                  "base": {
                    "name_or_path": "somebody/tiny",
                    "fingerprint": "sha256:0000000000000000000000000000000000000000000000000000000000000000"
                  },
                  "element_type": "float32",
                  "rank": 2,
                  "alpha": 4,
                  "invocation_tokens": [7, 8, 49],
                  "activation_offset": 0,
                  "target_modules": ["self_attn.q_proj", "self_attn.v_proj"],
                  "groups": [{"name": "qkv", "rank": 4}],
                  "parameters": 88
                }
                """)!.ToJsonString(),
            JsonNode.Parse(File.ReadAllBytes(Path.Combine(folder, "adapter.json")))!.ToJsonString());

        IReadOnlyDictionary<string, OnnxAdapterFile.Parameter> parameters = OnnxAdapterFile.Read(
            Path.Combine(folder, "adapter.onnx_adapter"));
        Assert.HasCount(5, parameters);
        CollectionAssert.AreEqual(new[] { 1f }, parameters["activation_mask"].Values);
        CollectionAssert.AreEqual(new long[] { 1, 1, 1 }, parameters["activation_mask"].Shape);
        CollectionAssert.AreEqual(new long[] { 6, 4 }, parameters["model.layers.1.self_attn.qkv_proj.lora_A.weight"].Shape);
        CollectionAssert.AreEqual(new long[] { 4, 14 }, parameters["model.layers.1.self_attn.qkv_proj.lora_B.weight"].Shape);
        Assert.IsTrue(parameters.Values.All(parameter => parameter.Position % 8 == 0));
    }

    [TestMethod]
    public async Task ConvertAsync_OneLayerOnly_PadsTheOtherWithZeros()
    {
        using TemporaryFolder temporary = new();
        string model = TestModel.Tiny(temporary);
        TestAdapter adapter = new();
        adapter.Module("model.layers.1.self_attn.q_proj", 2, 6, 6, 1).Module("model.layers.1.self_attn.v_proj", 2, 6, 4, 2);
        string peft = adapter.With("layers_to_transform", new JsonArray(1)).Save(temporary);

        AdapterReport report = await AdapterConverter.ConvertAsync(peft, model, "one");

        Assert.AreEqual(1, report.Layers);
        IReadOnlyDictionary<string, OnnxAdapterFile.Parameter> parameters = OnnxAdapterFile.Read(
            Path.Combine(report.Path, "adapter.onnx_adapter"));
        OnnxAdapterFile.Parameter untouched = parameters["model.layers.0.self_attn.qkv_proj.lora_B.weight"];
        CollectionAssert.AreEqual(new long[] { 4, 14 }, untouched.Shape);
        Assert.IsTrue(untouched.Values.All(value => value == 0));
        Assert.IsTrue(parameters["model.layers.1.self_attn.qkv_proj.lora_B.weight"].Values.Any(value => value != 0));
    }

    [TestMethod]
    [DataRow("float16", 10)]
    [DataRow("bfloat16", 16)]
    public async Task ConvertAsync_16BitModel_RoundsToNearestEven(string activations, int dataType)
    {
        using TemporaryFolder temporary = new();
        string model = TestModel.Tiny(temporary, activations);
        AdapterReport report = await AdapterConverter.ConvertAsync(TestAdapter.QueryAndValue().Save(temporary), model);
        AdapterReport exact = await AdapterConverter.ConvertAsync(temporary["adapter"], TestModel.Tiny(temporary, folder: "float32"));

        IReadOnlyDictionary<string, OnnxAdapterFile.Parameter> rounded = OnnxAdapterFile.Read(
            Path.Combine(report.Path, "adapter.onnx_adapter"));
        foreach (OnnxAdapterFile.Parameter parameter in OnnxAdapterFile.Read(Path.Combine(exact.Path, "adapter.onnx_adapter")).Values)
        {
            Assert.AreEqual(dataType, rounded[parameter.Name].DataType);
            float[] expected = [.. parameter.Values.Select(value => dataType == 10 ? (float)(Half)value : NearestBFloat16(value))];
            CollectionAssert.AreEqual(expected, rounded[parameter.Name].Values, parameter.Name);
        }
    }

    [TestMethod]
    public async Task ConvertAsync_ValueBeyondFloat16_IsRefused()
    {
        using TemporaryFolder temporary = new();
        string model = TestModel.Tiny(temporary, "float16");
        TestAdapter adapter = TestAdapter.QueryAndValue();
        float[] values = new float[12];
        values[3] = 40_000;
        adapter.Tensors[1] = TestTensor.F32(adapter.Tensors[1].Name, [6, 2], values);

        CheckpointFormatException error = await Refused(adapter.Save(temporary), model);

        StringAssert.Contains(
            error.Message, "model.layers.0.self_attn.q_proj.lora_B.weight': 40000 at [1, 1] times the scale 2 does not fit float16");
        Assert.IsFalse(Directory.Exists(Path.Combine(model, "adapters")), "nothing may be written");
    }

    [TestMethod]
    public async Task ConvertAsync_TensorOfTheAdapterNameDefault_IsRead()
    {
        using TemporaryFolder temporary = new();
        TestAdapter adapter = TestAdapter.QueryAndValue();
        for (int i = 0; i < adapter.Tensors.Count; i++)
        {
            adapter.Tensors[i] = adapter.Tensors[i] with
            {
                Name = adapter.Tensors[i].Name.Replace(".weight", ".default.weight", StringComparison.Ordinal),
            };
        }

        AdapterReport report = await AdapterConverter.ConvertAsync(adapter.Save(temporary), TestModel.Tiny(temporary));

        Assert.AreEqual(88, report.Parameters);
    }

    [TestMethod]
    public async Task ConvertAsync_SeveralMisses_ReportsAllTogether()
    {
        using TemporaryFolder temporary = new();
        TestAdapter adapter = TestAdapter.QueryAndValue(layers: 3);
        adapter.Tensors.RemoveAt(0);
        adapter.Module("model.layers.0.mlp.side_proj", 2, 6, 6, 1).Module("model.layers.0.mlp.up_proj", 2, 6, 10, 1);
        adapter.Tensors[0] = adapter.Tensors[0] with { Shape = [2, 6] };

        CheckpointFormatException error = await Refused(adapter.Save(temporary), TestModel.Tiny(temporary));

        StringAssert.Contains(error.Message, "4 tensors belong to layers 2, but 'tiny' has 2 layers");
        StringAssert.Contains(error.Message, "got 'model.layers.0.mlp.side_proj'");
        StringAssert.Contains(error.Message, "leave module 'model.layers.0.mlp.up_proj' out");
        StringAssert.Contains(
            error.Message, "'base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight' of a targeted module is missing");
        StringAssert.Contains(error.Message, "expected shape [6, 2], got [2, 6]");
    }

    [TestMethod]
    public async Task ConvertAsync_TokenBeyondTheVocabulary_IsRefused()
    {
        using TemporaryFolder temporary = new();
        string peft = TestAdapter.QueryAndValue().With("alora_invocation_tokens", new JsonArray(1, 50)).Save(temporary);

        CheckpointFormatException error = await Refused(peft, TestModel.Tiny(temporary));

        StringAssert.Contains(error.Message, "expected ids below 50, the vocabulary of 'tiny', got 50");
    }

    [TestMethod]
    public async Task ConvertAsync_AnotherBase_IsAWarning()
    {
        using TemporaryFolder temporary = new();
        string peft = TestAdapter.QueryAndValue().With("base_model_name_or_path", "somebody/large")
            .With("target_modules", new JsonArray("q_proj", "v_proj", "query_key_value")).Save(temporary);

        AdapterReport report = await AdapterConverter.ConvertAsync(peft, TestModel.Tiny(temporary));

        Assert.HasCount(2, report.Warnings);
        StringAssert.Contains(report.Warnings[0], "'somebody/large'");
        StringAssert.Contains(report.Warnings[1], "'query_key_value'");
    }

    [TestMethod]
    public async Task ConvertAsync_ExistingAdapter_IsReplacedOnlyWhenAllowed()
    {
        using TemporaryFolder temporary = new();
        string model = TestModel.Tiny(temporary);
        string peft = TestAdapter.QueryAndValue().Save(temporary);
        AdapterReport first = await AdapterConverter.ConvertAsync(peft, model);
        File.WriteAllText(Path.Combine(first.Path, "old.txt"), "");

        IOException error = await Assert.ThrowsExactlyAsync<IOException>(() => AdapterConverter.ConvertAsync(peft, model));
        StringAssert.Contains(error.Message, "exists");
        Assert.IsTrue(File.Exists(Path.Combine(first.Path, "old.txt")));

        await AdapterConverter.ConvertAsync(peft, model, options: new AdapterConversionOptions { Overwrite = true });
        Assert.IsFalse(File.Exists(Path.Combine(first.Path, "old.txt")));
        Assert.HasCount(1, Directory.GetFileSystemEntries(Path.Combine(model, "adapters")));
    }

    [TestMethod]
    public async Task ConvertAsync_NameThatDiffersInCapitals_IsRefused()
    {
        using TemporaryFolder temporary = new();
        string model = TestModel.Tiny(temporary);
        string peft = TestAdapter.QueryAndValue().Save(temporary);
        await AdapterConverter.ConvertAsync(peft, model, "certainty");

        IOException error = await Assert.ThrowsExactlyAsync<IOException>(
            () => AdapterConverter.ConvertAsync(peft, model, "Certainty", new AdapterConversionOptions { Overwrite = true }));

        StringAssert.Contains(error.Message, "capitals");
    }

    [TestMethod]
    public async Task ConvertAsync_CancelledWhileWriting_LeavesNothing()
    {
        using TemporaryFolder temporary = new();
        string model = TestModel.Tiny(temporary);
        using CancellationTokenSource source = new();
        CancelOnWeights progress = new(source);

        await Assert.ThrowsAsync<OperationCanceledException>(
            () => AdapterConverter.ConvertAsync(
                TestAdapter.QueryAndValue().Save(temporary), model, progress: progress, cancellationToken: source.Token));

        Assert.IsEmpty(Directory.GetFileSystemEntries(Path.Combine(model, "adapters")));
    }

    [TestMethod]
    public async Task ConvertAsync_DefinitionBesideTheAdapter_IsCopied()
    {
        using TemporaryFolder temporary = new();
        string peft = TestAdapter.QueryAndValue().Save(temporary);
        File.WriteAllText(Path.Combine(peft, "io.yaml"), "model: x\n");

        AdapterReport report = await AdapterConverter.ConvertAsync(peft, TestModel.Tiny(temporary));

        Assert.AreEqual("model: x\n", File.ReadAllText(Path.Combine(report.Path, "io.yaml")));
    }

    [TestMethod]
    public async Task ConvertAsync_ActivationOffset_StandsInTheManifestAndNeedsAnActivatedLora()
    {
        using TemporaryFolder temporary = new();
        string model = TestModel.Tiny(temporary);
        AdapterConversionOptions options = new() { ActivationOffset = 1 };
        string activated = TestAdapter.QueryAndValue().With("alora_invocation_tokens", new JsonArray(3)).Save(temporary, "activated");
        AdapterReport report = await AdapterConverter.ConvertAsync(activated, model, options: options);
        Assert.AreEqual(1, (int)JsonNode.Parse(File.ReadAllBytes(Path.Combine(report.Path, "adapter.json")))!["activation_offset"]!);

        string plain = TestAdapter.QueryAndValue().Save(temporary, "plain");
        await Assert.ThrowsExactlyAsync<ArgumentException>(() => AdapterConverter.ConvertAsync(plain, model, options: options));
    }

    [TestMethod]
    public async Task ConvertAsync_LoraBias_IsTheLastRankOfEachGroup()
    {
        using TemporaryFolder temporary = new();
        AdapterReport report = await AdapterConverter.ConvertAsync(
            WithBias().Save(temporary), TestModel.Tiny(temporary, adapterBias: true));

        IReadOnlyDictionary<string, OnnxAdapterFile.Parameter> parameters = OnnxAdapterFile.Read(
            Path.Combine(report.Path, "adapter.onnx_adapter"));
        const string Group = "model.layers.1.self_attn.qkv_proj";
        CollectionAssert.AreEqual(new float[] { 0, 0, 0, 0, 1 }, parameters[$"{Group}.lora_A.bias"].Values);
        OnnxAdapterFile.Parameter a = parameters[$"{Group}.lora_A.weight"];
        CollectionAssert.AreEqual(new long[] { 6, 5 }, a.Shape);
        Assert.IsTrue(Enumerable.Range(0, 6).All(row => a.Values[(row * 5) + 4] == 0));
        CollectionAssert.AreEqual(
            new float[] { 2, 4, 6, 8, 10, 12, 0, 0, 0, 0, 2, 4, 6, 8 }, parameters[$"{Group}.lora_B.weight"].Values[^14..],
            "scaled by 4 / 2");
        JsonNode manifest = JsonNode.Parse(await File.ReadAllBytesAsync(Path.Combine(report.Path, "adapter.json")))!;
        Assert.AreEqual((true, 5), ((bool)manifest["lora_bias"]!, (int)manifest["groups"]![0]!["rank"]!));
        Assert.AreEqual(88 + (2 * (6 + 4)), report.Parameters);
    }

    [TestMethod]
    public async Task ConvertAsync_LoraBiasOnAModelWithoutInputsForIt_SaysHowToExport()
    {
        using TemporaryFolder temporary = new();
        CheckpointFormatException error = await Refused(WithBias().Save(temporary), TestModel.Tiny(temporary));
        StringAssert.Contains(error.Message, "--adapter-bias");
    }

    [TestMethod]
    public async Task ConvertAsync_LoraBiasMissingForAModule_IsRefused()
    {
        using TemporaryFolder temporary = new();
        TestAdapter adapter = WithBias();
        adapter.Tensors.RemoveAt(adapter.Tensors.Count - 1);
        CheckpointFormatException error = await Refused(adapter.Save(temporary), TestModel.Tiny(temporary, adapterBias: true));
        StringAssert.Contains(error.Message, "lora_B.bias' of a targeted module is missing");
    }

    [TestMethod]
    public async Task ExportAsync_AdapterWithLoraBias_GivesTheModelInputsForIt()
    {
        string source = GoldenData.Path("models", "llama");
        using TemporaryFolder temporary = new();
        ExportOptions options = new() { Adapters = [new ExportAdapter(Path.Combine(source, "adapters", "alora_lora_bias"))] };
        await Exporter.ExportAsync(source, temporary["model"], options);
        Assert.IsTrue(
            (bool)JsonNode.Parse(await File.ReadAllBytesAsync(Path.Combine(temporary["model"], "alora_config.json")))!["adapter_bias"]!);
    }

    [TestMethod]
    public async Task ConvertAsync_NoModelFolder_NamesTheFileThatIsMissing()
    {
        using TemporaryFolder temporary = new();
        CheckpointFormatException error = await Refused(TestAdapter.QueryAndValue().Save(temporary), temporary["nowhere"]);
        StringAssert.Contains(error.Message, "alora_config.json");
    }

    [TestMethod]
    public void Read_Folder_GivesWhatInspectionShows()
    {
        using TemporaryFolder temporary = new();
        string folder = TestAdapter.QueryAndValue()
            .With("alora_invocation_tokens", new JsonArray(7, 8))
            .With("lora_bias", true)
            .Save(temporary);

        PeftAdapter adapter = PeftAdapter.Read(folder);

        Assert.AreEqual(AdapterKind.Alora, adapter.Kind);
        Assert.AreEqual((2, 4.0, "tiny", 88L), (adapter.Rank, adapter.Alpha, adapter.BaseModel, adapter.Parameters));
        Assert.IsTrue(adapter.HasLoraBias);
        CollectionAssert.AreEqual(new[] { 7, 8 }, adapter.InvocationTokens.ToArray());
        CollectionAssert.AreEqual(new[] { "q_proj", "v_proj" }, adapter.TargetModules.ToArray());
        Assert.AreEqual(TensorEncoding.F32, adapter.Tensors[0].Encoding);
    }

    private static TestAdapter WithBias()
    {
        TestAdapter adapter = TestAdapter.QueryAndValue().With("lora_bias", true);
        for (int layer = 0; layer < 2; layer++)
        {
            adapter.Tensors.Add(
                TestTensor.F32($"base_model.model.model.layers.{layer}.self_attn.q_proj.lora_B.bias", [6], [1, 2, 3, 4, 5, 6]));
            adapter.Tensors.Add(TestTensor.F32($"base_model.model.model.layers.{layer}.self_attn.v_proj.lora_B.bias", [4], [1, 2, 3, 4]));
        }

        return adapter;
    }

    private static async Task<CheckpointFormatException> Refused(string peft, string model) =>
        await Assert.ThrowsExactlyAsync<CheckpointFormatException>(() => AdapterConverter.ConvertAsync(peft, model));

    // By definition instead of by bits: the nearer of the two neighbours, the one with the even last place if both are as near.
    private static float NearestBFloat16(float value)
    {
        uint below = BitConverter.SingleToUInt32Bits(value) & 0xFFFF_0000;
        float low = BitConverter.UInt32BitsToSingle(below);
        float high = BitConverter.UInt32BitsToSingle(below + 0x1_0000);
        double toLow = Math.Abs((double)value - low);
        double toHigh = Math.Abs((double)high - value);
        return toLow < toHigh || (toLow == toHigh && (below & 0x1_0000) == 0) ? low : high;
    }

    private sealed class CancelOnWeights(CancellationTokenSource source) : IProgress<ExportProgress>
    {
        public void Report(ExportProgress value)
        {
            if (value.Stage == ExportStage.Weights)
            {
                source.Cancel();
            }
        }
    }
}
