using ALoRA.Onnx.Export;

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
}
