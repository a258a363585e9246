using System.Text.Json;
using ALoRA.Onnx.Shared;

namespace ALoRA.Onnx.EndToEnd.Tests.Runtime;

/// <summary>The certainty of the answers that PEFT was asked about, against PEFT's, each row on one shared cache.</summary>
[TestClass]
public sealed class CertaintyEvaluationTests
{
    [TestMethod]
    public async Task Certainty_EveryRowOfTheDemo_GivesPeftsDigitsAndSummary()
    {
        string folder = GoldenData.Path("models", "demo");
        (List<Row> alora, List<Row> lora) = await EvaluateAsync(await DemoModel.OpenAsync(), folder, step: 1);
        using JsonDocument summary = JsonDocument.Parse(
            await File.ReadAllBytesAsync(Path.Combine(folder, "certainty-evaluation-summary.json")));
        AssertSummary(alora, summary.RootElement.GetProperty("alora"));
        AssertSummary(lora, summary.RootElement.GetProperty("lora"));
    }

    // All 300 rows take minutes; `alora evaluate` runs them.
    [TestMethod]
    public async Task Certainty_EveryFifteenthRowOfSmolLm2_IsPefts()
    {
        (List<Row> alora, List<Row> lora) = await EvaluateAsync(await SmolModel.OpenFloat32Async(), SmolModel.Source, step: 15);
        Assert.HasCount(20, alora);
        foreach (Row row in alora.Concat(lora))
        {
            Assert.IsTrue(row.SameDigit);
            Assert.AreEqual(row.PeftCertainty, row.Certainty, 2e-3);
        }
    }

    private static async Task<(List<Row> Alora, List<Row> Lora)> EvaluateAsync(AloraModel model, string folder, int step)
    {
        InvocationOptions sameText = new() { InstructionTokens = model.Adapters.Get("certainty").InvocationTokens };
        List<Row> alora = [];
        List<Row> lora = [];
        foreach (string line in (await File.ReadAllLinesAsync(Path.Combine(folder, "certainty-evaluation.jsonl")))
            .Where((_, index) => index % step == 0))
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement row = document.RootElement;
            PromptMessage[] messages = [.. row.GetProperty("messages")
                .EnumerateArray()
                .Select(
                    message => new PromptMessage(message.GetProperty("role").GetString()!, message.GetProperty("content").GetString()!))];
            using Conversation conversation = model.CreateConversation();
            await conversation.PromptAsync(
                [.. messages, new("assistant", row.GetProperty("answer").GetString()!)], new PromptOptions { AddGenerationPrompt = false });
            int prompt = conversation.Length;
            Certainty certainty = await conversation.InvokeCertaintyAsync();
            Assert.AreEqual((prompt, 3), (certainty.Usage.ReusedTokens, certainty.Usage.ComputedTokens));
            alora.Add(Row.Of(certainty, row, "alora"));
            lora.Add(Row.Of(await conversation.InvokeCertaintyAsync("certainty-lora", sameText), row, "lora"));
        }

        return (alora, lora);
    }

    private static void AssertSummary(List<Row> rows, JsonElement expected)
    {
        Assert.HasCount(expected.GetProperty("rows").GetInt32(), rows);
        Assert.IsGreaterThanOrEqualTo(0.995, rows.Average(row => row.SameDigit ? 1.0 : 0));
        CalibrationMetrics metrics = CalibrationMetrics.Of([.. rows.Select(row => new CertaintySample(row.Right, row.Certainty))]);
        Assert.AreEqual(expected.GetProperty("base_accuracy").GetDouble(), metrics.Accuracy, 1e-12);
        Assert.AreEqual(expected.GetProperty("ece").GetDouble(), metrics.CalibrationError, 0.002);
        Assert.AreEqual(expected.GetProperty("auroc").GetDouble(), metrics.AreaUnderCurve!.Value, 0.002);
        Assert.AreEqual(expected.GetProperty("brier").GetDouble(), metrics.Brier, 0.002);
    }

    private sealed record Row(bool Right, double Certainty, double PeftCertainty, bool SameDigit)
    {
        public static Row Of(Certainty certainty, JsonElement row, string kind) => new(
            row.GetProperty("right").GetBoolean(),
            certainty.Value,
            row.GetProperty($"{kind}_certainty").GetDouble(),
            certainty.Digit == row.GetProperty($"{kind}_digit").GetInt32());
    }
}
