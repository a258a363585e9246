using System.Text.Json;
using ALoRA.Onnx.Templating;

namespace ALoRA.Onnx.EndToEnd.Tests.Runtime;

/// <summary>The certainty of every row of the demo's evaluation, against PEFT's.</summary>
[TestClass]
public sealed class CertaintyEvaluationTests
{
    private const string Invocation = "<|start_of_role|>certainty<|end_of_role|>";

    [TestMethod]
    public async Task Certainty_EveryRowOfTheDemo_GivesPeftsDigitsAndSummary()
    {
        string folder = RepositoryFolder.Shared("models", "demo");
        AloraModel model = await DemoModel.OpenAsync();
        List<Row> alora = [];
        List<Row> lora = [];
        foreach (string line in await File.ReadAllLinesAsync(Path.Combine(folder, "certainty-evaluation.jsonl")))
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement row = document.RootElement;
            ChatMessage[] messages = [.. row.GetProperty("messages").EnumerateArray().Select(message => new ChatMessage(message.GetProperty("role").GetString()!, message.GetProperty("content").GetString()!))];
            using Conversation conversation = model.CreateConversation();
            await conversation.PromptAsync([.. messages, new("assistant", row.GetProperty("answer").GetString()!)], new PromptOptions { AddGenerationPrompt = false });
            int prompt = conversation.Length;
            Certainty certainty = await conversation.InvokeCertaintyAsync();
            Assert.AreEqual((prompt, 3), (certainty.Usage.ReusedTokens, certainty.Usage.ComputedTokens));
            bool right = row.GetProperty("right").GetBoolean();
            alora.Add(new Row(right, certainty.Value, certainty.Digit == row.GetProperty("alora_digit").GetInt32()));
            certainty = await conversation.InvokeCertaintyAsync("certainty-lora", new InvocationOptions { Instruction = Invocation });
            lora.Add(new Row(right, certainty.Value, certainty.Digit == row.GetProperty("lora_digit").GetInt32()));
        }

        using JsonDocument summary = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(folder, "certainty-evaluation-summary.json")));
        AssertSummary(alora, summary.RootElement.GetProperty("alora"));
        AssertSummary(lora, summary.RootElement.GetProperty("lora"));
    }

    private static void AssertSummary(List<Row> rows, JsonElement expected)
    {
        Assert.HasCount(expected.GetProperty("rows").GetInt32(), rows);
        Assert.IsGreaterThanOrEqualTo(0.995, rows.Average(row => row.SameDigit ? 1.0 : 0));
        Assert.AreEqual(expected.GetProperty("ece").GetDouble(), CalibrationError(rows), 0.002);
        Assert.AreEqual(expected.GetProperty("auroc").GetDouble(), AreaUnderCurve(rows), 0.002);
        Assert.AreEqual(expected.GetProperty("brier").GetDouble(), rows.Average(row => Math.Pow(row.Certainty - (row.Right ? 1 : 0), 2)), 0.002);
    }

    private static double CalibrationError(List<Row> rows) => rows
        .GroupBy(row => Math.Min((int)(row.Certainty * 10), 9))
        .Sum(bin => bin.Count() / (double)rows.Count * Math.Abs(bin.Average(row => row.Certainty) - bin.Average(row => row.Right ? 1.0 : 0)));

    private static double AreaUnderCurve(List<Row> rows)
    {
        Row[] right = [.. rows.Where(row => row.Right)];
        Row[] wrong = [.. rows.Where(row => !row.Right)];
        return right.Sum(x => wrong.Sum(y => x.Certainty > y.Certainty ? 1 : x.Certainty == y.Certainty ? 0.5 : 0)) / ((double)right.Length * wrong.Length);
    }

    private sealed record Row(bool Right, double Certainty, bool SameDigit);
}
