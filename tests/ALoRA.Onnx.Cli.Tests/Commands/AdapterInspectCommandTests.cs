using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Cli.Tests.Commands;

[TestClass]
public sealed class AdapterInspectCommandTests
{
    [TestMethod]
    public async Task Inspect_ConvertedAdapter_DecodesItsInvocationWithItsModelsTokenizer()
    {
        CommandRun run = await CommandRun.Of(
            "adapter", "inspect", Path.Combine(await DemoModel.GetFolderAsync(), "adapters", "certainty"), "--json");

        JsonNode adapter = JsonNode.Parse(run.Output)!;
        Assert.AreEqual("aLoRA", (string?)adapter["kind"]);
        Assert.AreEqual(32, (int)adapter["rank"]!);
        Assert.AreEqual("[1,807,2]", adapter["invocation_tokens"]!.ToJsonString());
        Assert.AreEqual("<|start_of_role|>certainty<|end_of_role|>", (string?)adapter["invocation_text"]);
        Assert.AreEqual(327_680, (long)adapter["parameters"]!);
    }

    [TestMethod]
    public async Task Inspect_PeftAdapter_DecodesWithTheModelGiven()
    {
        CommandRun run = await CommandRun.Of(
            "adapter", "inspect", Path.Combine(DemoModel.Checkpoint, "adapters", "certainty"), "--model", DemoModel.Checkpoint);

        Assert.AreEqual(0, run.ExitCode, run.Error);
        Assert.Contains("PEFT", run.Output);
        Assert.Contains("certainty<", run.Output);
        Assert.Contains("1, 807, 2", run.Output);
    }

    [TestMethod]
    public async Task Inspect_PlainLora_HasNoInvocation()
    {
        CommandRun run = await CommandRun.Of(
            "adapter", "inspect", Path.Combine(DemoModel.Checkpoint, "adapters", "certainty-lora"), "--json");

        JsonNode adapter = JsonNode.Parse(run.Output)!;
        Assert.AreEqual("LoRA", (string?)adapter["kind"]);
        Assert.IsNull(adapter["invocation_text"]);
        Assert.HasCount(0, adapter["invocation_tokens"]!.AsArray());
    }

    [TestMethod]
    public async Task Inspect_NoAdapter_IsBadInput()
    {
        using TemporaryFolder folder = new();

        CommandRun run = await CommandRun.Of("adapter", "inspect", folder.Path);

        Assert.AreEqual(3, run.ExitCode);
        Assert.Contains(folder.Path, run.Error);
    }
}
