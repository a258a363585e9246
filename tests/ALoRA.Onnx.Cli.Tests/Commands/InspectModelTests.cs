using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Cli.Tests.Commands;

[TestClass]
public sealed class InspectModelTests
{
    [TestMethod]
    public async Task Inspect_ModelFolder_GivesSizesMemoryAndAdapters()
    {
        string folder = await DemoModel.GetFolderAsync();

        CommandRun run = await CommandRun.Of("inspect", folder, "--context", "2048", "--json");

        JsonNode model = JsonNode.Parse(run.Output)!;
        Assert.AreEqual("granite", (string?)model["architecture"]);
        Assert.AreEqual(6_623_488, (long)model["parameters"]!);
        // Keys and values of 8 layers with 4 heads of 32 float32 elements.
        Assert.AreEqual(2 * 8 * 4 * 32 * 4 * 2048, (long)model["memory"]!["kv_cache_bytes"]!);
        Assert.AreEqual(new FileInfo(Path.Combine(folder, "model.onnx.data")).Length, (long)model["memory"]!["weights_bytes"]!);
        CollectionAssert.AreEqual(
            new[] { "answerability", "certainty", "certainty-lora" },
            model["adapters"]!.AsArray().Select(adapter => (string?)adapter!["name"]).ToArray());
    }

    [TestMethod]
    public async Task Inspect_ModelFolder_PrintsTables()
    {
        CommandRun run = await CommandRun.Of("inspect", await DemoModel.GetFolderAsync());

        Assert.AreEqual(0, run.ExitCode, run.Error);
        Assert.Contains("6,623,488", run.Output);
        Assert.Contains("KV cache at 8,192 tokens", run.Output);
        Assert.Contains("| certainty ", run.Output);
    }

    [TestMethod]
    public async Task Inspect_TooLongContext_IsUsageError()
    {
        CommandRun run = await CommandRun.Of("inspect", await DemoModel.GetFolderAsync(), "--context", "8193");

        Assert.AreEqual(2, run.ExitCode);
        Assert.Contains("8192", run.Error);
    }

    [TestMethod]
    public async Task Inspect_OtherFolder_IsBadInput()
    {
        using TemporaryFolder folder = new();

        CommandRun run = await CommandRun.Of("inspect", folder.Path);

        Assert.AreEqual(3, run.ExitCode);
        Assert.Contains("alora_config.json", run.Error);
    }
}
