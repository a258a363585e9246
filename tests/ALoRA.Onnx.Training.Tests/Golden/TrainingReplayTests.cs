using System.Text.Json.Nodes;
using ALoRA.Onnx.Export;
using ALoRA.Onnx.Training.Tests.Graphs;

namespace ALoRA.Onnx.Training.Tests.Golden;

/// <summary>Trainings that PEFT has recorded, where the golden data is; all of it runs with <c>alora verify --training</c>.</summary>
[TestClass]
public sealed class TrainingReplayTests
{
    [TestMethod]
    [DataRow("llama", "alora_all")]
    [DataRow("gemma", "lora_all")]
    [DataRow("gemma2", "alora_all")]
    [DataRow("gemma3_text", "alora_qkv")]
    [DataRow("granite", "alora_all")]
    [DataRow("mistral_sliding", "alora_all")]
    [DataRow("olmo2", "lora_all")]
    [DataRow("phi3", "alora_qkv")]
    [DataRow("stablelm", "alora_all")]
    public async Task RunAsync_TrainingOfPeft_IsRepeated(string model, string name)
    {
        string checkpoint = GoldenData.Path("models", model);
        string recorded = GoldenData.Path("training", model, name);
        using TemporaryFolder temporary = new();
        await Exporter.ExportAsync(checkpoint, temporary["model"]);

        TrainingReplayResult result = await TrainingReplay.RunAsync(temporary["model"], recorded);

        Assert.AreEqual(12, result.Updates);
        Assert.IsLessThan(1e-5, result.Loss, "losses");
        Assert.IsLessThan(1e-4, result.FirstGradient, result.FarthestGradient);
        Assert.IsLessThan(1e-5, result.GradientNorm, "gradient norms");
        Assert.IsLessThan(1e-4, result.FinalWeight, result.FarthestWeight);
        Assert.IsLessThan(1e-5, result.HeldOutLoss, "held-out loss");
        Assert.AreEqual(name.StartsWith("alora", StringComparison.Ordinal), result.CachedPrefix is not null);
        Assert.IsLessThan(1e-5, result.CachedPrefix ?? 0, "cached prefix");
    }

    [TestMethod]
    public async Task RunAsync_TrainingOverWholeSequences_IsRepeatedOverCachedPrefixes()
    {
        await using TrainedFolder folder = await TrainedFolder.ExportAsync(GoldenData.Path("models", "llama"));
        using TemporaryFolder temporary = new();
        RecordedCase.Of(folder).Write(temporary["case"]);

        TrainingReplayResult result = await TrainingReplay.RunAsync(folder.Path, TrainingReplay.FindCases(temporary.Path).Single());

        Assert.AreEqual(
            ("case", "small", AdapterKind.Alora, 4, 12), (result.Name, result.Model, result.Kind, result.Updates, result.Tensors));
        Assert.IsLessThan(1e-5, result.Loss, "losses");
        Assert.IsLessThan(1e-5, result.FirstGradient, result.FarthestGradient);
        Assert.IsLessThan(1e-5, result.GradientNorm, "gradient norms");
        Assert.IsLessThan(1e-5, result.FinalWeight, result.FarthestWeight);
        Assert.IsLessThan(1e-5, result.HeldOutLoss, "held-out loss");
        Assert.IsLessThan(1e-5, result.CachedPrefix!.Value, "cached prefix");
    }

    [TestMethod]
    public async Task RunAsync_RecordOfAnotherTraining_IsFarFromIt()
    {
        await using TrainedFolder folder = await TrainedFolder.ExportAsync(GoldenData.Path("models", "llama"));
        using TemporaryFolder temporary = new();
        RecordedCase recorded = RecordedCase.Of(folder);
        recorded.Config["alpha_pattern"]!["down_proj"] = 4;
        recorded.Write(temporary.Path);

        TrainingReplayResult result = await TrainingReplay.RunAsync(folder.Path, temporary.Path);

        Assert.IsGreaterThan(1e-3, result.FirstGradient);
        Assert.Contains("down_proj", result.FarthestGradient);
        Assert.IsGreaterThan(1e-5, result.FinalWeight);
    }

    [TestMethod]
    [DataRow("losses", "[1, 2]", "'losses': expected a list of 4, got 2")]
    [DataRow("losses", "[1, 2, 3, \"x\"]", "'losses[3]': expected a number, got \"x\"")]
    [DataRow("optimizer", "7", "'optimizer': expected an object, got 7")]
    [DataRow("optimizer", "{}", "'optimizer.betas': expected a value, got nothing")]
    [DataRow("adapter", "\"lora\"", "'adapter': expected \"alora\", as adapter_config.json has 2 alora_invocation_tokens, got \"lora\"")]
    [DataRow("batches", "[]", "'batches': expected a list of at least one, got 0")]
    [DataRow("held_out", "[{\"ids\": [1, 2.5], \"labels\": [1, 2]}]", "'held_out[0].ids[1]': expected a whole number")]
    [DataRow("held_out", "[{\"ids\": [1, 2], \"labels\": [1]}]", "'held_out[0].labels': expected 2 labels, one for each id, got [1]")]
    [DataRow("held_out", "[{\"ids\": [1, 7], \"labels\": [1, 2]}]", "'ids': expected the invocation [7, 8] in each sequence, found none")]
    [DataRow("held_out", "[{\"ids\": [7, 8, 900], \"labels\": [1, 2, 3]}]", "the model's vocabulary, got 3 ids, the largest 900")]
    [DataRow("held_out", "[{\"ids\": [7, 8], \"labels\": [-50, 1]}]", "'held_out[0].labels[0]': expected a whole number from 0 to")]
    [DataRow("evaluation", "null", "'evaluation': expected a number, got null")]
    public async Task RunAsync_MalformedRecord_IsRefusedByFileAndKey(string key, string json, string expected)
    {
        await using TrainedFolder folder = await TrainedFolder.ExportAsync(GoldenData.Path("models", "llama"));
        using TemporaryFolder temporary = new();
        RecordedCase recorded = RecordedCase.Of(folder);
        recorded.Record[key] = JsonNode.Parse(json);
        recorded.Write(temporary.Path);

        CheckpointFormatException refused =
            await Assert.ThrowsExactlyAsync<CheckpointFormatException>(() => TrainingReplay.RunAsync(folder.Path, temporary.Path));

        Assert.Contains($"{temporary["training.json"]}: ", refused.Message);
        Assert.Contains(expected, refused.Message);
    }

    [TestMethod]
    [DataRow("r", 2_000_000_000)]
    [DataRow("r", 500_000)]
    public async Task RunAsync_RankThatTheRecordHasNot_IsRefusedBeforeMemoryIsTaken(string key, int rank)
    {
        await using TrainedFolder folder = await TrainedFolder.ExportAsync(GoldenData.Path("models", "llama"));
        using TemporaryFolder temporary = new();
        RecordedCase recorded = RecordedCase.Of(folder);
        recorded.Config[key] = rank;
        recorded.Write(temporary.Path);
        long before = GC.GetTotalAllocatedBytes();
        CheckpointFormatException refused =
            await Assert.ThrowsExactlyAsync<CheckpointFormatException>(() => TrainingReplay.RunAsync(folder.Path, temporary.Path));
        Assert.IsLessThan(100_000_000, GC.GetTotalAllocatedBytes() - before);
        Assert.Contains($"expected [{rank}, 64], got [4, 64]", refused.Message);
    }

    [TestMethod]
    [DataRow("\"small\"", "\"\\ud800\"", "'model': expected valid Unicode")]
    [DataRow("\"evaluation\"", "\"\\ud800\": 1, \"evaluation\"", "'the file': expected names of valid Unicode")]
    public async Task RunAsync_HalfACharacter_IsRefusedByFile(string text, string other, string expected)
    {
        await using TrainedFolder folder = await TrainedFolder.ExportAsync(GoldenData.Path("models", "llama"));
        using TemporaryFolder temporary = new();
        RecordedCase.Of(folder).Write(temporary.Path);
        File.WriteAllText(
            temporary["training.json"], File.ReadAllText(temporary["training.json"]).Replace(text, other, StringComparison.Ordinal));
        CheckpointFormatException refused =
            await Assert.ThrowsExactlyAsync<CheckpointFormatException>(() => TrainingReplay.RunAsync(folder.Path, temporary.Path));
        Assert.Contains($"{temporary["training.json"]}: {expected}", refused.Message);
    }

    [TestMethod]
    public async Task RunAsync_TensorsThatDoNotFit_AreRefusedByName()
    {
        await using TrainedFolder folder = await TrainedFolder.ExportAsync(GoldenData.Path("models", "llama"));
        using TemporaryFolder temporary = new();
        RecordedCase recorded = RecordedCase.Of(folder);
        const string Name = "initial.base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight";
        (int[] Shape, float[] Values) tensor = recorded.Tensors[Name];

        recorded.Tensors[Name] = ([tensor.Shape[1], tensor.Shape[0]], tensor.Values);
        await RefusedAsync($"tensor '{Name}': expected [4, 64], got [64, 4]");
        recorded.Tensors[Name] = tensor;
        recorded.Tensors["final.stray"] = tensor;
        await RefusedAsync("tensor 'final.stray': expected only initial, gradient and final values of the 12 tensors");
        recorded.Tensors.Remove("final.stray");
        recorded.Tensors.Remove(Name);
        await RefusedAsync($"tensor '{Name}': expected [4, 64], found none");
        recorded.Config["lora_dropout"] = 0.1;
        await RefusedAsync("'lora_dropout': expected 0, as dropout cannot be replayed, got 0.1");

        async Task RefusedAsync(string expected)
        {
            File.Delete(temporary["training.safetensors"]);
            recorded.Write(temporary.Path);
            CheckpointFormatException refused =
                await Assert.ThrowsExactlyAsync<CheckpointFormatException>(() => TrainingReplay.RunAsync(folder.Path, temporary.Path));
            Assert.Contains(expected, refused.Message);
            Assert.Contains(temporary.Path, refused.Message);
        }
    }

    [TestMethod]
    public void FindCases_FolderWithoutOne_IsRefusedByName()
    {
        using TemporaryFolder temporary = new();
        Directory.CreateDirectory(temporary["inner"]);
        FormatException none = Assert.ThrowsExactly<FormatException>(() => TrainingReplay.FindCases(temporary.Path));
        Assert.Contains($"{temporary.Path}: expected training.json in it or in folders in it, found none", none.Message);
        Assert.ThrowsExactly<DirectoryNotFoundException>(() => TrainingReplay.FindCases(temporary["missing"]));
    }
}
