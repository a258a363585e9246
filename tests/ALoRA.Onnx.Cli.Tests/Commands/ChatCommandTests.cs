namespace ALoRA.Onnx.Cli.Tests.Commands;

[TestClass]
public sealed class ChatCommandTests
{
    [TestMethod]
    public async Task Chat_QuestionAndCertainty_ReusesTheCache()
    {
        CommandRun run = await ChatAsync("What is 12 + 7?", "/certainty");

        Assert.AreEqual(0, run.ExitCode, run.Error);
        Assert.HasCount(2, run.OutputLines);
        Assert.AreEqual("12 + 7 = 19.", run.OutputLines[0]);
        Assert.MatchesRegex("^9[0-9] % sure$", run.OutputLines[1]);
        Assert.Contains("29 tokens reused, 3 computed, 1 generated", run.Error);
    }

    [TestMethod]
    public async Task Chat_SecondQuestion_ComputesOnlyItself()
    {
        CommandRun run = await ChatAsync("What is 12 + 7?", "What is 3 + 4?");

        Assert.AreEqual("3 + 4 = 7.", run.OutputLines[1]);
        // The last token of an answer is sampled, but not computed.
        Assert.Contains("27 tokens reused, ", run.Error);
    }

    [TestMethod]
    public async Task Chat_Rewind_TakesBackTheLastQuestion()
    {
        CommandRun once = await ChatAsync("What is 3 + 4?");
        CommandRun rewound = await ChatAsync("What is 12 + 7?", "/rewind", "What is 3 + 4?");

        Assert.AreEqual(once.OutputLines[0], rewound.OutputLines[2]);
        Assert.AreEqual("Questions left: 0", rewound.OutputLines[1]);
        Assert.Contains($"{once.Error.Split(' ')[3]} computed", rewound.Error.Split('\n')[1]);
    }

    [TestMethod]
    public async Task Chat_Fork_LeavesTheOtherCopyAlone()
    {
        CommandRun run = await ChatAsync("What is 12 + 7?", "/fork", "/rewind", "/switch 1", "/certainty", "/switch 2", "/certainty");

        Assert.AreEqual("This is copy 2.", run.OutputLines[1]);
        Assert.AreEqual("Questions left: 0", run.OutputLines[2]);
        Assert.AreEqual("This is copy 1.", run.OutputLines[3]);
        Assert.EndsWith("% sure", run.OutputLines[4]);
        Assert.AreEqual("This is copy 2.", run.OutputLines[5]);
        Assert.HasCount(6, run.OutputLines);
        Assert.Contains("error: Nothing has been asked yet.", run.Error);
    }

    [TestMethod]
    public async Task Chat_Intrinsic_PrintsItsText()
    {
        CommandRun run = await ChatAsync("What is 12 + 7?", "/intrinsic certainty", "/adapters");

        Assert.AreEqual("9", run.OutputLines[1]);
        Assert.AreEqual("answerability,certainty,certainty-lora", string.Join(',', run.OutputLines[2..]));
    }

    [TestMethod]
    [DataRow("/certainty")]
    [DataRow("/intrinsic")]
    [DataRow("/rewind")]
    [DataRow("/rewind x")]
    [DataRow("/switch 2")]
    [DataRow("/switch")]
    [DataRow("/nonsense")]
    public async Task Chat_ImpossibleCommand_SaysWhyAndGoesOn(string command)
    {
        CommandRun run = await ChatAsync(command, "What is 3 + 4?");

        Assert.AreEqual(0, run.ExitCode);
        Assert.StartsWith("error: ", run.Error);
        Assert.AreEqual("3 + 4 = 7.\n", run.Output);
    }

    [TestMethod]
    public async Task Chat_Exit_EndsBeforeTheRest()
    {
        CommandRun run = await ChatAsync("/help", "/exit", "What is 3 + 4?");

        Assert.AreEqual(0, run.ExitCode);
        Assert.Contains("/certainty", run.Output);
        Assert.DoesNotContain("3 + 4 = 7.", run.Output);
    }

    private static async Task<CommandRun> ChatAsync(params string[] lines) =>
        await CommandRun.WithInput(string.Join('\n', lines) + "\n", "chat", await DemoModel.GetFolderAsync(), "--verbose");
}
