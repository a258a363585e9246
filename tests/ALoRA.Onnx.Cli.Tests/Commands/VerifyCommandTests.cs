using System.Text.Json;

namespace ALoRA.Onnx.Cli.Tests.Commands;

[TestClass]
public sealed class VerifyCommandTests
{
    [TestMethod]
    [DataRow("llama")]
    [DataRow("llama3")]
    [DataRow("llama_f16")]
    [DataRow("llama_sharded")]
    [DataRow("granite")]
    public async Task Verify_ReferenceFolder_Holds(string name)
    {
        CommandRun run = await CommandRun.Of("verify", GoldenData.Path("models", name), "--json");

        JsonElement report = JsonDocument.Parse(run.Output).RootElement;
        Assert.AreEqual(0, run.ExitCode, run.Output);
        Assert.AreEqual(0, report.GetProperty("failed").GetInt32());
        string[] runs = [.. report.GetProperty("rows").EnumerateArray().Select(row => row.GetProperty("run").GetString()!)];
        foreach (string way in new[]
            {
                "one run", "one masked run", "on the base's cache", "missing invocation", "missing invocation allowed", "by operators",
            })
        {
            Assert.Contains(way, runs);
        }

        CollectionAssert.IsSubsetOf(new[] { "base.onnx", "model.onnx", "fused.onnx" }, GraphsOf(report));
        Assert.IsFalse(report.TryGetProperty("not_checked", out _));
    }

    [TestMethod]
    public async Task Verify_OperatorsOff_RunsThePlainGraphsAloneAndSaysSo()
    {
        CommandRun run = await CommandRun.Of("verify", GoldenData.Path("models", "llama_f16"), "--operators", "off", "--json");

        JsonElement report = JsonDocument.Parse(run.Output).RootElement;
        Assert.AreEqual(0, run.ExitCode, run.Output);
        CollectionAssert.AreEqual(new[] { "base.onnx", "model.onnx" }, GraphsOf(report));
        Assert.DoesNotContain("by operators", run.Output);
    }

    // The operators of 16-bit activations are those of CUDA.
    [TestMethod]
    public async Task Verify_OperatorsCannotBeUsed_SaysWhyAndWhichGraphsWereChecked()
    {
        CommandRun run = await CommandRun.Of(
            "verify", GoldenData.Path("models", "llama_f16"), "--precision", "float16", "--provider", "cpu", "--tolerance", "1");

        Assert.Contains("Graphs that computed: base.onnx, model.onnx.", run.Output);
        Assert.Contains("Not checked, as operators are not used: fused.onnx has those of 'cuda', but 'cpu' computes", run.Output);
        Assert.DoesNotContain("by operators", run.Output);
    }

    [TestMethod]
    public async Task Verify_BadAdapters_AreAllRefusedWithTheirMessage()
    {
        string folder = GoldenData.Path("models", "llama");

        CommandRun run = await CommandRun.Of("verify", folder, "--json");

        JsonElement[] rows = [.. JsonDocument.Parse(run.Output).RootElement.GetProperty("rows").EnumerateArray()
            .Where(row => row.GetProperty("case").GetString() == "bad-adapters")];
        Assert.IsNotEmpty(rows);
        Assert.HasCount(Directory.GetDirectories(Path.Combine(folder, "bad-adapters")).Length, rows);
        Assert.IsTrue(
            rows.All(row => row.GetProperty("outcome").GetString() == "passed" && row.GetProperty("note").GetString()!.Length > 20));
    }

    [TestMethod]
    [DataRow("float32", 1e-4)]
    [DataRow("int8", 1)]
    [DataRow("int4", 8)]
    public async Task Verify_NoTolerance_TakesTheUsualOneWhichTheDemoMeets(string precision, double tolerance)
    {
        CommandRun run = await CommandRun.Of("verify", GoldenData.Path("models", "demo"), "--precision", precision, "--json");
        JsonElement report = JsonDocument.Parse(run.Output).RootElement;

        Assert.AreEqual(0, run.ExitCode, run.Output);
        Assert.AreEqual(tolerance, report.GetProperty("tolerance").GetDouble(), 1e-9);
    }

    [TestMethod]
    public async Task Verify_ImpossibleTolerance_FailsTheCheck()
    {
        CommandRun run = await CommandRun.Of("verify", GoldenData.Path("models", "llama_f16"), "--tolerance", "1e-12");

        Assert.AreEqual(4, run.ExitCode);
        Assert.Contains("| failed |", run.Output);
    }

    [TestMethod]
    public async Task Verify_SeveralGgufFiles_RunsEach()
    {
        string folder = GoldenData.Path("gguf");
        using JsonDocument cases = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(folder, "cases.json")));

        CommandRun run = await CommandRun.Of("verify", folder, "--json");

        Assert.AreEqual(0, run.ExitCode, run.Output);
        Assert.AreEqual(
            cases.RootElement.GetProperty("cases").GetArrayLength(),
            JsonDocument.Parse(run.Output).RootElement.GetProperty("passed").GetInt32());
    }

    [TestMethod]
    public async Task Verify_AdapterWithItsInvocationAsText_Holds()
    {
        CommandRun run = await CommandRun.Of("verify", GoldenData.Path("ibm-old-format"), "--json");

        JsonElement report = JsonDocument.Parse(run.Output).RootElement;
        Assert.AreEqual(0, run.ExitCode, run.Output);
        Assert.AreEqual(8, report.GetProperty("passed").GetInt32());
        Assert.AreEqual(0, report.GetProperty("refused").GetInt32());
        Assert.Contains("fused.onnx", GraphsOf(report));
    }

    [TestMethod]
    public async Task Verify_FolderWithoutCases_IsBadInput()
    {
        using TemporaryFolder folder = new();

        CommandRun run = await CommandRun.Of("verify", folder.Path);

        Assert.AreEqual(3, run.ExitCode);
        Assert.Contains("cases.json", run.Error);
    }

    [TestMethod]
    public async Task Verify_ZeroTolerance_IsUsageError()
    {
        CommandRun run = await CommandRun.Of("verify", "folder", "--tolerance", "0");

        Assert.AreEqual(2, run.ExitCode);
        Assert.Contains("--tolerance must be greater than 0", run.Error);
    }

    [TestMethod]
    [DataRow("llama", 3)]
    [DataRow("gemma2/alora_all", 1)]
    public async Task Verify_RecordedTrainings_AreRepeated(string recorded, int cases)
    {
        string model = recorded.Split('/')[0];
        CommandRun run = await CommandRun.Of(
            "verify", GoldenData.Path("models", model), "--training", GoldenData.Path(["training", .. recorded.Split('/')]), "--json");

        JsonElement report = JsonDocument.Parse(run.Output).RootElement;
        Assert.AreEqual(0, run.ExitCode, run.Output);
        Assert.AreEqual(cases, report.GetProperty("passed").GetInt32());
        Assert.AreEqual(1e-3, report.GetProperty("tolerances").GetProperty("final_weight").GetDouble(), 1e-12);
        foreach (JsonElement row in report.GetProperty("rows").EnumerateArray())
        {
            Assert.IsLessThan(1e-4, row.GetProperty("first_gradient").GetDouble());
            Assert.AreEqual(row.GetProperty("adapter").GetString() == "alora", row.TryGetProperty("cached_prefix", out _));
        }
    }

    [TestMethod]
    public async Task Verify_RecordedTrainingWithAnImpossibleTolerance_FailsTheCheck()
    {
        CommandRun run = await CommandRun.Of(
            "verify", GoldenData.Path("models", "llama"), "--training", GoldenData.Path("training", "llama", "lora_all"), "--tolerance",
            "1e-12");

        Assert.AreEqual(4, run.ExitCode);
        Assert.Contains("failed: a loss is off by", run.Output);
        Assert.Contains("0 passed, 1 failed", run.Output);
    }

    [TestMethod]
    public async Task Verify_RecordedTrainingWithoutFiles_IsRefusedByName()
    {
        using TemporaryFolder temporary = new();
        CommandRun none = await CommandRun.Of("verify", GoldenData.Path("models", "llama"), "--training", temporary.Path);
        Assert.AreEqual(3, none.ExitCode);
        Assert.Contains("expected training.json", none.Error);

        await File.WriteAllTextAsync(temporary["training.json"], "{");
        CommandRun noConfig = await CommandRun.Of("verify", GoldenData.Path("models", "llama"), "--training", temporary.Path);
        Assert.AreEqual(3, noConfig.ExitCode);
        Assert.Contains("expected a PEFT adapter with adapter_config.json, found none", noConfig.Error);

        await File.WriteAllTextAsync(
            temporary["adapter_config.json"], """{"peft_type": "LORA", "r": 4, "lora_alpha": 8, "target_modules": "all-linear"}""");
        CommandRun broken = await CommandRun.Of("verify", GoldenData.Path("models", "llama"), "--training", temporary.Path);
        Assert.AreEqual(3, broken.ExitCode);
        Assert.Contains($"{temporary["training.json"]}: expected JSON, got something else", broken.Error);
    }

    private static string[] GraphsOf(JsonElement report) =>
        [.. report.GetProperty("graphs").EnumerateArray().Select(graph => graph.GetString()!)];
}
