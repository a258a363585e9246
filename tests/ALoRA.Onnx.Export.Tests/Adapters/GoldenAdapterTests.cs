namespace ALoRA.Onnx.Export.Tests.Adapters;

/// <summary>The adapters of the golden data: the good ones are converted, the bad ones refused with a sentence of their own.</summary>
[TestClass]
public sealed class GoldenAdapterTests
{
    [TestMethod]
    [DataRow("bias_all", "'bias' is \"all\"")]
    [DataRow("dora", "'use_dora' is true: DoRA")]
    [DataRow("embedding_target", "selects the token embedding")]
    [DataRow("empty_safetensors", "got a file without any")]
    [DataRow("missing_tensor", "'base_model.model.model.layers.1.self_attn.v_proj.lora_B.weight' of a targeted module is missing")]
    [DataRow("modules_to_save", "'modules_to_save' is [")]
    [DataRow("nan_weights", "expected finite numbers, got NaN")]
    [DataRow("non_lora_peft_type", "expected \"LORA\", got \"IA3\"")]
    [DataRow("rank_zero", "'r': expected a whole rank of at least 1 (the scale is lora_alpha / r), got 0")]
    [DataRow("truncated_safetensors", "adapter_model.safetensors")]
    [DataRow("unknown_tensor", "got 'model.layers.0.mlp.side_proj'")]
    [DataRow("wrong_base_layers", "tensors belong to layers 2, 3, but 'llama' has 2 layers (0 to 1)")]
    [DataRow("wrong_shape", "expected shape [4, 64], got [4, 96]")]
    public async Task ConvertAsync_BadAdapter_IsRefusedWithItsOwnSentence(string name, string sentence)
    {
        string adapter = GoldenData.Path("models", "llama", "bad-adapters", name);
        using TemporaryFolder temporary = new();
        string model = temporary["model"];
        await Exporter.ExportAsync(GoldenData.Path("models", "llama"), model);

        CheckpointFormatException error = await Assert.ThrowsExactlyAsync<CheckpointFormatException>(
            () => AdapterConverter.ConvertAsync(adapter, model));

        StringAssert.Contains(error.Message, sentence);
        StringAssert.Contains(error.Message, "adapter_");
        Assert.IsFalse(Directory.Exists(Path.Combine(model, "adapters", name)));
    }

    [TestMethod]
    public async Task ConvertAsync_EveryFolderOfBadAdapters_IsRefused()
    {
        string bad = GoldenData.Path("models", "llama", "bad-adapters");
        using TemporaryFolder temporary = new();
        string model = temporary["model"];
        await Exporter.ExportAsync(GoldenData.Path("models", "llama"), model);
        string[] folders = Directory.GetDirectories(bad);
        Assert.IsNotEmpty(folders);
        foreach (string folder in folders)
        {
            await Assert.ThrowsExactlyAsync<CheckpointFormatException>(() => AdapterConverter.ConvertAsync(folder, model), folder);
        }
    }

    [TestMethod]
    public async Task ConvertAsync_FormOfIbmsPackageWithoutIds_IsRefused()
    {
        string adapter = GoldenData.Path("ibm-old-format");
        using TemporaryFolder temporary = new();
        await Exporter.ExportAsync(GoldenData.Path("models", "granite"), temporary["model"]);

        CheckpointFormatException error = await Assert.ThrowsExactlyAsync<CheckpointFormatException>(
            () => AdapterConverter.ConvertAsync(adapter, temporary["model"], "certainty"));

        StringAssert.Contains(error.Message, "'invocation_string' is '<|start_of_role|>certainty<|end_of_role|>'");
    }

    [TestMethod]
    public async Task ConvertAsync_FormOfIbmsPackageWithIds_IsAnActivatedLora()
    {
        string adapter = GoldenData.Path("ibm-old-format");
        using TemporaryFolder temporary = new();
        await Exporter.ExportAsync(GoldenData.Path("models", "granite"), temporary["model"]);

        AdapterReport report = await AdapterConverter.ConvertAsync(
            adapter, temporary["model"], "certainty", new AdapterConversionOptions { InvocationTokens = [1, 70, 121, 124, 2] });

        Assert.AreEqual(AdapterKind.Alora, report.Kind);
        CollectionAssert.AreEqual(new[] { 1, 70, 121, 124, 2 }, report.InvocationTokens.ToArray());
    }

    [TestMethod]
    [DataRow(-1)]
    [DataRow(256)]
    public async Task ConvertAsync_IdOutsideTheVocabulary_IsRefused(int id)
    {
        string adapter = GoldenData.Path("ibm-old-format");
        using TemporaryFolder temporary = new();
        await Exporter.ExportAsync(GoldenData.Path("models", "granite"), temporary["model"]);

        CheckpointFormatException error = await Assert.ThrowsExactlyAsync<CheckpointFormatException>(() => AdapterConverter.ConvertAsync(
            adapter, temporary["model"], "certainty", new AdapterConversionOptions { InvocationTokens = [id] }));

        StringAssert.Contains(error.Message, $"got {id}");
    }

    [TestMethod]
    public async Task ConvertAsync_IdsForAnAdapterThatHasItsOwn_IsTheCallersMistake()
    {
        string llama = GoldenData.Path("models", "llama");
        using TemporaryFolder temporary = new();
        await Exporter.ExportAsync(llama, temporary["model"]);

        await Assert.ThrowsExactlyAsync<ArgumentException>(() => AdapterConverter.ConvertAsync(
            Path.Combine(llama, "adapters", "alora_all"), temporary["model"], "a",
            new AdapterConversionOptions { InvocationTokens = [1] }));
    }
}
