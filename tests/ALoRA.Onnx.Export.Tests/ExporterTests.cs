using System.Text.Json;
using ALoRA.Onnx.Export.ModelFolders;
using ALoRA.Onnx.Export.Output;
using ALoRA.Onnx.Export.Settings;
using ALoRA.Onnx.Export.Tests.Adapters;

namespace ALoRA.Onnx.Export.Tests;

[TestClass]
public sealed class ExporterTests
{
    [TestMethod]
    public async Task Export_Llama_WritesTheManifestOfTheContract()
    {
        using TemporaryFolder temporary = new();
        SyntheticCheckpoint checkpoint = new();
        checkpoint.Config["_name_or_path"] = "somebody/model";
        await Exporter.ExportAsync(
            checkpoint.Write(temporary["tiny"]), temporary["model"], new ExportOptions { Precision = ExportPrecision.Int4 });

        using JsonDocument document = JsonDocument.Parse(await File.ReadAllBytesAsync(temporary["model", "alora_config.json"]));
        JsonElement manifest = document.RootElement;
        Assert.AreEqual(1, manifest.GetProperty("format").GetInt32());
        Assert.AreEqual("llama", manifest.GetProperty("architecture").GetString());
        Assert.AreEqual("tiny", manifest.GetProperty("name").GetString());
        Assert.AreEqual("somebody/model", manifest.GetProperty("base").GetProperty("name_or_path").GetString());
        StringAssert.Matches(manifest.GetProperty("base").GetProperty("fingerprint").GetString(), new("^sha256:[0-9a-f]{64}$"));
        Assert.AreEqual(16, manifest.GetProperty("head_dim").GetInt32());
        Assert.AreEqual(1, manifest.GetProperty("bos_token_id").GetInt32());
        Assert.AreEqual("[2,3]", Compact(manifest.GetProperty("eos_token_id")));
        Assert.AreEqual(JsonValueKind.Null, manifest.GetProperty("pad_token_id").ValueKind);
        Assert.AreEqual(
            Compact(JsonElement.Parse("""
                {
                  "name": "int4",
                  "weights": "int4",
                  "embedding": "int8",
                  "lm_head": "int8",
                  "activations": "float32",
                  "kv_cache": "float32",
                  "block_size": 32,
                  "symmetric": true,
                  "accuracy_level": 4,
                  "prefill_accuracy_level": 0,
                  "quantization_method": "mse"
                }
                """)),
            Compact(manifest.GetProperty("precision")));
        Assert.AreEqual(
            new FileInfo(temporary["model", "model.onnx.data"]).Length, manifest.GetProperty("weights").GetProperty("bytes").GetInt64());
        Assert.AreEqual(
            Compact(JsonElement.Parse("""
                {
                  "name": "qkv",
                  "prefix": "model.layers.{layer}.self_attn.qkv_proj",
                  "input_size": 64,
                  "outputs": [
                    {"module": "self_attn.q_proj", "size": 64},
                    {"module": "self_attn.k_proj", "size": 32},
                    {"module": "self_attn.v_proj", "size": 32}
                  ]
                }
                """)),
            Compact(manifest.GetProperty("adapter_groups")[0]));

        ExportedModel model = ExportedModel.Open(temporary["model"]);
        CollectionAssert.AreEqual(new[] { "qkv", "o", "gate_up", "down" }, model.AdapterGroups.Select(group => group.Name).ToArray());
        Assert.AreEqual(ActivationType.Float32, model.Activations);
        Assert.AreEqual(2, model.LayerCount);
    }

    [TestMethod]
    public async Task Export_Twice_GivesTheSameBytesAndAnotherCheckpointAnotherFingerprint()
    {
        using TemporaryFolder temporary = new();
        string source = new SyntheticCheckpoint().Write(temporary["tiny"]);
        await Exporter.ExportAsync(source, temporary["first"]);
        await Exporter.ExportAsync(source, temporary["second"]);
        await Exporter.ExportAsync(new SyntheticCheckpoint(seed: 2).Write(temporary["other"]), temporary["third"]);

        foreach (string file in Directory.GetFiles(temporary["first"]).Select(path => Path.GetFileName(path)!))
        {
            CollectionAssert.AreEqual(File.ReadAllBytes(temporary["first", file]), File.ReadAllBytes(temporary["second", file]), file);
        }

        Assert.AreNotEqual(
            ExportedModel.Open(temporary["first"]).Base.Fingerprint, ExportedModel.Open(temporary["third"]).Base.Fingerprint);
    }

    [TestMethod]
    public async Task Export_Report_ListsEveryFileAndCountsTheWeights()
    {
        using TemporaryFolder temporary = new();
        SyntheticCheckpoint checkpoint = new();
        List<ExportProgress> seen = [];
        ExportReport report = await Exporter.ExportAsync(
            checkpoint.Write(temporary["tiny"]), temporary["model"], progress: new Recorder(seen.Add));

        CollectionAssert.AreEqual(
            new[]
            {
                "alora_config.json", "base.onnx", "batch.onnx", "batch_bfloat16.onnx", "fanout.onnx", "fused.onnx", "fused_bfloat16.onnx",
                "model.onnx", "model.onnx.data", "tokenizer.json",
            },
            report.Files.Select(file => file.Name).ToArray());
        Assert.AreEqual(checkpoint.Tensors.Values.Sum(tensor => (long)tensor.Values.Length), report.Parameters);
        Assert.AreEqual(checkpoint.Tensors.Count, report.Tensors);
        Assert.AreEqual(4 * report.Parameters, report.CheckpointBytes);
        ExportProgress[] weights = [.. seen.Where(step => step.Stage == ExportStage.Weights)];
        Assert.AreEqual(report.CheckpointBytes, weights[^1].BytesDone);
        Assert.AreEqual(report.CheckpointBytes, weights[^1].BytesTotal);
        CollectionAssert.AreEqual(
            weights.Select(step => step.BytesDone).Order().ToArray(), weights.Select(step => step.BytesDone).ToArray());
        CollectionAssert.AreEqual(seen.Select(step => step.Stage).Order().ToArray(), seen.Select(step => step.Stage).ToArray());
    }

    [TestMethod]
    public async Task Export_CancelledWhileWeightsAreWritten_LeavesNothing()
    {
        using TemporaryFolder temporary = new();
        string source = new SyntheticCheckpoint(layers: 6).Write(temporary["tiny"]);
        using CancellationTokenSource cancellation = new();
        Recorder cancel = new(step =>
        {
            if (step.Stage == ExportStage.Weights)
            {
                cancellation.Cancel();
            }
        });

        await Assert.ThrowsAsync<OperationCanceledException>(
            () => Exporter.ExportAsync(source, temporary["model"], progress: cancel, cancellationToken: cancellation.Token));

        CollectionAssert.AreEqual(new[] { source }, Directory.GetFileSystemEntries(temporary.Path));
    }

    [TestMethod]
    public async Task Export_ValueBeyondFloat16_IsRefusedForFloat16AndLeavesNothing()
    {
        using TemporaryFolder temporary = new();
        SyntheticCheckpoint checkpoint = new();
        checkpoint.Tensors["model.layers.1.mlp.up_proj.weight"].Values[7] = 70000;
        string source = checkpoint.Write(temporary["tiny"]);

        CheckpointFormatException error = await Assert.ThrowsExactlyAsync<CheckpointFormatException>(
            () => Exporter.ExportAsync(source, temporary["model"], new ExportOptions { Precision = ExportPrecision.Float16 }));

        StringAssert.Contains(error.Message, "'model.layers.1.mlp.up_proj.weight'", StringComparison.Ordinal);
        CollectionAssert.AreEqual(new[] { source }, Directory.GetFileSystemEntries(temporary.Path));
        await Exporter.ExportAsync(source, temporary["model"], new ExportOptions { Precision = ExportPrecision.BFloat16 });
    }

    [TestMethod]
    public async Task Export_ExistingModelFolder_IsRefusedAndReplacedWholeWithOverwrite()
    {
        using TemporaryFolder temporary = new();
        string source = new SyntheticCheckpoint().Write(temporary["tiny"]);
        await Exporter.ExportAsync(source, temporary["model"]);
        await File.WriteAllTextAsync(temporary["model", "old.txt"], "old");

        await Assert.ThrowsExactlyAsync<IOException>(() => Exporter.ExportAsync(source, temporary["model"]));
        Assert.IsTrue(File.Exists(temporary["model", "old.txt"]));

        await Exporter.ExportAsync(source, temporary["model"], new ExportOptions { Overwrite = true });
        Assert.IsFalse(File.Exists(temporary["model", "old.txt"]));
        Assert.IsTrue(File.Exists(temporary["model", "model.onnx"]));
        Assert.HasCount(2, Directory.GetFileSystemEntries(temporary.Path));
    }

    [TestMethod]
    public async Task Export_OverwriteOfAFolderThatIsNoModel_IsRefused()
    {
        using TemporaryFolder temporary = new();
        string source = new SyntheticCheckpoint().Write(temporary["tiny"]);
        Directory.CreateDirectory(temporary["precious"]);
        await File.WriteAllTextAsync(temporary["precious", "thesis.txt"], "words");

        await Assert.ThrowsExactlyAsync<IOException>(
            () => Exporter.ExportAsync(source, temporary["precious"], new ExportOptions { Overwrite = true }));
        Assert.IsTrue(File.Exists(temporary["precious", "thesis.txt"]));
    }

    [TestMethod]
    public async Task Export_TargetBelowAFile_IsRefusedWithTheFolder()
    {
        using TemporaryFolder temporary = new();
        string source = new SyntheticCheckpoint().Write(temporary["tiny"]);
        await File.WriteAllTextAsync(temporary["file"], "no folder");

        IOException error = await Assert.ThrowsExactlyAsync<IOException>(() => Exporter.ExportAsync(source, temporary["file", "model"]));
        StringAssert.Contains(error.Message, temporary["file"], StringComparison.Ordinal);
    }

    [TestMethod]
    public async Task Export_ReadOnlyTarget_IsRefusedWithTheFolder()
    {
        // A folder that not even an administrator can write to.
        const string ReadOnly = "/proc/alora-export";
        if (!OperatingSystem.IsLinux())
        {
            Assert.Inconclusive("Skipped: needs Linux's /proc, which nobody can write to.");
        }

        using TemporaryFolder temporary = new();
        string source = new SyntheticCheckpoint().Write(temporary["tiny"]);
        Exception error = await Assert.ThrowsAsync<Exception>(() => Exporter.ExportAsync(source, ReadOnly));
        Assert.IsTrue(error is IOException or UnauthorizedAccessException, error.ToString());
        StringAssert.Contains(error.Message, "/proc", StringComparison.Ordinal);
    }

    [TestMethod]
    public async Task Export_SymlinkedCache_ReadsThroughTheLinksAndWritesFiles()
    {
        using TemporaryFolder temporary = new();
        string source = new SyntheticCheckpoint().Write(temporary["blobs"]);
        Directory.CreateDirectory(temporary["snapshot"]);
        foreach (string file in Directory.GetFiles(source))
        {
            SymbolicLinks.ToFile(temporary["snapshot", Path.GetFileName(file)], Path.GetRelativePath(temporary["snapshot"], file));
        }

        await Exporter.ExportAsync(source, temporary["direct"]);
        await Exporter.ExportAsync(temporary["snapshot"], temporary["linked"]);
        foreach (string file in Directory.GetFiles(temporary["linked"]))
        {
            Assert.IsNull(new FileInfo(file).LinkTarget, file);
        }

        CollectionAssert.AreEqual(
            await File.ReadAllBytesAsync(temporary["direct", "model.onnx.data"]),
            await File.ReadAllBytesAsync(temporary["linked", "model.onnx.data"]));
    }

    [TestMethod]
    public async Task Export_WithAnAdapter_WritesWhatAConversionForTheFinishedModelWrites()
    {
        using TemporaryFolder temporary = new();
        string source = new SyntheticCheckpoint().Write(temporary["tiny"]);
        TestAdapter adapter = new();
        for (int layer = 0; layer < 2; layer++)
        {
            adapter.Module($"model.layers.{layer}.self_attn.q_proj", 2, 64, 64, layer);
            adapter.Module($"model.layers.{layer}.self_attn.v_proj", 2, 64, 32, layer + 100);
        }

        string folder = adapter.Save(temporary);
        await Exporter.ExportAsync(source, temporary["model"], new ExportOptions { Adapters = [new ExportAdapter(folder, "along")] });
        await AdapterConverter.ConvertAsync(folder, temporary["model"], "along2");

        foreach (string file in new[] { "adapter.onnx_adapter", "adapter.json" })
        {
            string along = Convert.ToHexString(File.ReadAllBytes(temporary["model", "adapters", "along", file]));
            string after = Convert.ToHexString(File.ReadAllBytes(temporary["model", "adapters", "along2", file]));
            Assert.AreEqual(
                along, after.Replace(Convert.ToHexString("along2"u8), Convert.ToHexString("along"u8), StringComparison.Ordinal), file);
        }
    }

    [TestMethod]
    public async Task Export_AdapterThatDoesNotExist_FailsAndLeavesNothing()
    {
        using TemporaryFolder temporary = new();
        string source = new SyntheticCheckpoint().Write(temporary["tiny"]);
        ExportOptions options = new() { Adapters = [new ExportAdapter(temporary["missing"])] };

        Exception error = await Assert.ThrowsAsync<Exception>(() => Exporter.ExportAsync(source, temporary["model"], options));
        StringAssert.Contains(error.Message, "missing", StringComparison.Ordinal);
        CollectionAssert.AreEqual(new[] { source }, Directory.GetFileSystemEntries(temporary.Path));
    }

    [TestMethod]
    [DataRow(31, 0, ExportPrecision.Int4, null)]
    [DataRow(32, 5, ExportPrecision.Int4, null)]
    [DataRow(32, 0, ExportPrecision.Float16, ExportPrecision.Float32)]
    [DataRow(32, 0, (ExportPrecision)77, null)]
    public async Task Export_OptionOutOfRange_IsAnArgumentException(
        int blockSize, int accuracyLevel, ExportPrecision precision, ExportPrecision? head)
    {
        ExportOptions options = new() { BlockSize = blockSize, AccuracyLevel = accuracyLevel, Precision = precision, HeadPrecision = head };
        await Assert.ThrowsAsync<ArgumentException>(() => Exporter.ExportAsync("anywhere", "nowhere", options));
    }

    [TestMethod]
    public async Task Export_UnknownAdapterGroup_IsAnArgumentExceptionWithTheKnownOnes()
    {
        using TemporaryFolder temporary = new();
        string source = new SyntheticCheckpoint().Write(temporary["tiny"]);
        ArgumentException error = await Assert.ThrowsExactlyAsync<ArgumentException>(
            () => Exporter.ExportAsync(source, temporary["model"], new ExportOptions { AdapterGroups = ["q_proj"] }));
        StringAssert.Contains(error.Message, "qkv, o, gate_up, down", StringComparison.Ordinal);
    }

    [TestMethod]
    public void PartialFolder_MoreBytesThanTheDiskHas_IsRefusedAndLeavesNothing()
    {
        using TemporaryFolder temporary = new();
        IOException error = Assert.ThrowsExactly<IOException>(() => PartialFolder.Create(temporary["model"], false, 1L << 60));
        StringAssert.Contains(error.Message, "free disk space", StringComparison.Ordinal);
        Assert.IsEmpty(Directory.GetFileSystemEntries(temporary.Path));
    }

    private static string Compact(JsonElement element) => System.Text.Json.Nodes.JsonNode.Parse(element.GetRawText())!.ToJsonString();

    private sealed class Recorder(Action<ExportProgress> record) : IProgress<ExportProgress>
    {
        public void Report(ExportProgress value) => record(value);
    }
}
