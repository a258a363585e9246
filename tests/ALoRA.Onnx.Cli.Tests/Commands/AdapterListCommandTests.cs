using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Cli.Tests.Commands;

[TestClass]
public sealed class AdapterListCommandTests
{
    [TestMethod]
    public async Task List_Model_HasItsAdapters()
    {
        CommandRun run = await CommandRun.Of("adapter", "list", await DemoModel.GetFolderAsync());

        Assert.AreEqual(0, run.ExitCode, run.Error);
        Assert.HasCount(5, run.OutputLines);
        Assert.StartsWith("| certainty      | aLoRA |   32 |", run.OutputLines[3]);
    }

    [TestMethod]
    public async Task List_Json_HasTheFigures()
    {
        CommandRun run = await CommandRun.Of("adapter", "list", await DemoModel.GetFolderAsync(), "--json");

        Assert.AreEqual("answerability", (string?)JsonNode.Parse(run.Output)![0]!["name"]);
    }

    [TestMethod]
    public async Task List_NarrowScreen_HasAFigureALine()
    {
        CommandRun run = await CommandRun.OnScreen(40, "adapter", "list", await DemoModel.GetFolderAsync());

        Assert.AreEqual("adapter     answerability", run.OutputLines[0]);
        Assert.AreEqual("rank        16", run.OutputLines[2]);
    }

    [TestMethod]
    public async Task List_Checkpoint_SaysWhatItIs()
    {
        CommandRun run = await CommandRun.Of("adapter", "list", DemoModel.Checkpoint);

        Assert.AreEqual(3, run.ExitCode);
        Assert.Contains("is a checkpoint, not an exported model", run.Error);
    }
}
