using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Cli.Tests.Commands;

[TestClass]
public sealed class BenchCommandTests
{
    [TestMethod]
    public async Task Bench_Model_MeasuresEverythingOnce()
    {
        CommandRun run = await CommandRun.Of("bench", await DemoModel.GetFolderAsync(), "--context", "64,128", "--repetitions", "1", "--json");

        Assert.AreEqual(0, run.ExitCode, run.Error);
        JsonNode result = JsonNode.Parse(run.Output)!;
        string[] names = [.. result["measurements"]!.AsArray().Select(item => $"{item!["name"]} {item["context"]} {item["unit"]}")];
        CollectionAssert.AreEqual(
            new[]
            {
                "prefill of 1,024 tokens 0 tokens/s",
                "decode 1024 tokens/s",
                "intrinsic as aLoRA 64 ms",
                "intrinsic as LoRA 64 ms",
                "intrinsic as aLoRA 128 ms",
                "intrinsic as LoRA 128 ms",
            },
            names);
        Assert.IsTrue(result["measurements"]!.AsArray().All(item => (double)item!["median"]! > 0));
        Assert.AreEqual(Environment.ProcessorCount, (int)result["machine"]!["cores"]!);
    }

    [TestMethod]
    public async Task Bench_Fanout_MeasuresAllAtOnceAgainstOne()
    {
        CommandRun run = await CommandRun.Of("bench", await DemoModel.GetFolderAsync(), "--context", "64", "--repetitions", "1", "--fanout", "3");

        Assert.AreEqual(0, run.ExitCode, run.Error);
        Assert.Contains("one intrinsic, 8 tokens", run.Output);
        Assert.Contains("3 intrinsics at once", run.Output);
        Assert.Contains("Ratio:", run.Output);
    }

    [TestMethod]
    [DataRow("--fanout", "-1", "at least 0")]
    [DataRow("--context", "100000", "100000")]
    [DataRow("--context", "64,x", "x")]
    [DataRow("--context", "0", "0")]
    [DataRow("--repetitions", "0", "at least 1")]
    [DataRow("--adapter", "certainty-lora", "plain LoRA")]
    [DataRow("--adapter", "nope", "nope")]
    public async Task Bench_ImpossibleOption_IsUsageError(string option, string value, string mentioned)
    {
        CommandRun run = await CommandRun.Of("bench", await DemoModel.GetFolderAsync(), option, value);

        Assert.AreEqual(2, run.ExitCode, run.Error);
        Assert.Contains(mentioned, run.Error);
        Assert.AreEqual("", run.Output);
    }
}
