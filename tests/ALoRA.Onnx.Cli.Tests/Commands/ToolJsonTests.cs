using System.Text.Json.Serialization.Metadata;
using ALoRA.Onnx.Cli.Bench;
using ALoRA.Onnx.Cli.Chat;
using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Cli.Commands;
using ALoRA.Onnx.Cli.Evaluate;
using ALoRA.Onnx.Cli.Inspect;
using ALoRA.Onnx.Shared;

namespace ALoRA.Onnx.Cli.Tests.Commands;

/// <summary>The JSON that other programs read, to the letter: names, order, and what is null or left out.</summary>
[TestClass]
public sealed class ToolJsonTests
{
    [TestMethod]
    public void VerificationReport_AnyOutcome_LeavesOutWhatWasNotMeasured()
    {
        VerificationReport report = new(
            "folder",
            "float32",
            1e-4f,
            [
                new VerificationRow("one", "base", "one run", VerificationOutcome.Passed, 1.5e-6f, true),
                new VerificationRow("two", "base", "one run", VerificationOutcome.Failed, float.NaN, false),
                new VerificationRow("", "a", "conversion", VerificationOutcome.Refused, Note: "no <x>"),
            ]);

        Check(
            "{\"folder\":\"folder\",\"precision\":\"float32\",\"tolerance\":0.0001,\"holds\":false,\"passed\":1,\"failed\":1,\"refused\":1,"
            + "\"rows\":[{\"case\":\"one\",\"adapter\":\"base\",\"run\":\"one run\",\"outcome\":\"passed\",\"largest_difference\":1.5E-06,"
            + "\"greedy_equal\":true},{\"case\":\"two\",\"adapter\":\"base\",\"run\":\"one run\",\"outcome\":\"failed\","
            + "\"largest_difference\":\"NaN\",\"greedy_equal\":false},{\"case\":\"\",\"adapter\":\"a\",\"run\":\"conversion\","
            + "\"outcome\":\"refused\",\"note\":\"no <x>\"}]}",
            report,
            ToolJson.Default.VerificationReport);
    }

    [TestMethod]
    public void EvaluationJson_OneKindOfAnswerAndNoLora_HasNoAreaAndNoComparison()
    {
        EvaluationJson evaluation = new(
            new AdapterEvaluationJson
            {
                Adapter = "certainty",
                Ece = 0.25,
                EceInterval = [0, 0.5],
                Auroc = null,
                AurocInterval = null,
                Brier = 0.5,
                BaseAccuracy = 1,
                Rows = 2,
                MillisecondsPerRow = 1.5,
                ComputedTokens = 3,
                ReusedTokens = 4,
                Bins = [new CalibrationBin(2, 0.75, 1)],
            },
            null,
            null);

        Check(
            "{\"alora\":{\"adapter\":\"certainty\",\"ece\":0.25,\"ece_interval\":[0,0.5],\"auroc\":null,\"auroc_interval\":null,"
            + "\"brier\":0.5,\"base_accuracy\":1,\"rows\":2,\"milliseconds_per_row\":1.5,\"computed_tokens\":3,\"reused_tokens\":4,"
            + "\"bins\":[{\"rows\":2,\"certainty\":0.75,\"accuracy\":1}]}}",
            evaluation,
            ToolJson.Default.EvaluationJson);
    }

    [TestMethod]
    public void QualityJson_Report_KeepsTheNamesOfItsFigures() => Check(
        "{\"model\":\"m\",\"reference\":\"r\",\"precision\":\"int4\",\"weights_bytes\":1,\"reference_bytes\":2,\"positions\":3,"
        + "\"kl_mean\":0.5,\"kl_median\":0.25,\"kl_99\":4,\"top1_agreement\":0.75,\"perplexity\":7,\"reference_perplexity\":6}",
        QualityJson.Of(new QualityReport("m", "r", "int4", 1, 2, new QualityFigures(3, 0.5, 0.25, 4, 0.75, 6, 7))),
        ToolJson.Default.QualityJson);

    [TestMethod]
    public void RunJson_IntrinsicAlone_LeavesOutTheAnswer()
    {
        UsageJson usage = new(1, 2, 3, 0.5, 0.25);
        RunJson result = new() { Intrinsic = new JudgementJson("certainty", "9", FinishReason.StopToken, usage) };

        Check(
            "{\"intrinsic\":{\"adapter\":\"certainty\",\"text\":\"9\",\"finish_reason\":\"stop_token\",\"usage\":{\"reused_tokens\":1,"
            + "\"computed_tokens\":2,\"generated_tokens\":3,\"time_to_first_token_seconds\":0.5,\"time_per_token_seconds\":0.25}}}",
            result,
            ToolJson.Default.RunJson);
    }

    [TestMethod]
    public void ContainerJson_AnyMetadata_WritesNumbersThatJsonDoesNotHaveAsText() => Check(
        "{\"tensors\":[],\"metadata\":{\"a\":\"é <b>\",\"b\":true,\"c\":18446744073709551615,\"d\":-1,\"e\":0.5,\"f\":\"-Infinity\","
        + "\"g\":[1,\"NaN\"]}}",
        ContainerJson.Of(
            [],
            new Dictionary<string, object>
            {
                ["a"] = "é <b>",
                ["b"] = true,
                ["c"] = ulong.MaxValue,
                ["d"] = (sbyte)-1,
                ["e"] = 0.5f,
                ["f"] = double.NegativeInfinity,
                ["g"] = new[] { 1f, float.NaN },
            }),
        ToolJson.Default.ContainerJson);

    [TestMethod]
    public async Task ComparisonJson_TwoModels_SaysOnceWhatIsOfBoth()
    {
        BenchmarkReport report = Bench.Reports.Of(
            [new LeftOutLength("--prefill", 4096, TimeSpan.Zero)], await Bench.Reports.ModelAsync(), await Bench.Reports.ModelAsync(2));

        string json = JsonResult.Format(ComparisonJson.Of(report), ToolJson.Default.ComparisonJson);

        Assert.EndsWith(
            "\"machine\":{\"processor\":\"a processor\",\"cores\":2,\"os\":\"an OS\",\"framework\":\".NET\",\"onnx_runtime\":\"1.0\"},"
            + "\"resident_bytes\":123000000,\"left_out\":[{\"option\":\"--prefill\",\"tokens\":4096,\"fits\":false}]}",
            json);
        Assert.HasCount(2, json.Split("\"machine\""));
        Assert.Contains(
            "{\"name\":\"intrinsic as "
            + "LoRA\",\"context\":256,\"unit\":\"ms\",\"median\":20,\"baseline\":\"intrinsic as aLoRA\",\"ratio\":10,"
            + "\"values\":[20]}",
            json);
        Assert.Contains("{\"name\":\"intrinsic as aLoRA\",\"context\":1024,\"unit\":\"ms\",\"median\":2,\"values\":[2]}", json);
    }

    private static void Check<T>(string expected, T value, JsonTypeInfo<T> type) =>
        Assert.AreEqual(expected, JsonResult.Format(value, type));
}
