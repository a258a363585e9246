using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Cli.Commands;

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

    [TestMethod]
    public async Task Chat_CertaintyFlag_ShowsItBehindEachAnswer()
    {
        CommandRun run = await CommandRun.WithInput(
            "What is 12 + 7?\n/set certainty off\nWhat is 3 + 4?\n", "chat", await DemoModel.GetFolderAsync(), "--certainty");

        Assert.HasCount(3, run.OutputLines, run.Output);
        Assert.EndsWith("% sure", run.OutputLines[1]);
        Assert.AreEqual("", run.Error);
    }

    [TestMethod]
    public async Task Chat_UnknownCertainty_IsRefusedBeforeAnythingIsOpened()
    {
        CommandRun run = await CommandRun.WithInput("", "chat", await DemoModel.GetFolderAsync(), "--certainty", "certan");

        Assert.AreEqual(2, run.ExitCode);
        Assert.Contains("--certainty: ", run.Error);
    }

    [TestMethod]
    public async Task Chat_SeveralLinesBetweenMarks_AreOneMessage()
    {
        CommandRun run = await ChatAsync("\"\"\"", "What is", "12 + 7?", "\"\"\"", "/stats");

        Assert.AreEqual("answers           1", run.OutputLines[1], run.Output);
    }

    [TestMethod]
    public async Task Chat_SaveAndLoad_GoOnWhereItWas()
    {
        using TemporaryFolder folder = new();
        CommandRun saved = await ChatAsync("/system Be brief.", "What is 12 + 7?", $"/save {folder["chat.json"]}");
        CommandRun loaded = await ChatAsync($"/load {folder["chat.json"]}", "/system", "/rewind", "What is 12 + 7?");

        Assert.AreEqual($"Written: {folder["chat.json"]}", saved.OutputLines[2], saved.Error);
        Assert.AreEqual("Questions: 1", loaded.OutputLines[0], loaded.Error);
        Assert.AreEqual("Be brief.", loaded.OutputLines[1]);
        Assert.AreEqual("Questions left: 0", loaded.OutputLines[2]);
        Assert.AreEqual(saved.OutputLines[1], loaded.OutputLines[3]);
    }

    [TestMethod]
    [DataRow("[]", "expected an object with a list messages")]
    [DataRow("{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}]}", "by turns")]
    [DataRow("{\"messages\": [{\"role\": \"tool\", \"content\": \"a\"}]}", "message 1: expected role")]
    [DataRow("{", "is not JSON")]
    public async Task Chat_LoadOfSomethingElse_SaysWhatItExpects(string text, string reason)
    {
        using TemporaryFolder folder = new();
        await File.WriteAllTextAsync(folder["x.json"], text);
        CommandRun run = await ChatAsync($"/load {folder["x.json"]}", "What is 3 + 4?", $"/save {folder["x.json"]}");

        Assert.Contains(reason, run.Error);
        Assert.Contains("is no saved chat", run.Error);
        Assert.DoesNotContain("BytePositionInLine", run.Error);
        Assert.AreEqual("3 + 4 = 7.\n", run.Output);
        Assert.AreEqual(text, await File.ReadAllTextAsync(folder["x.json"]));
    }

    [TestMethod]
    public async Task Chat_Settings_AreShownAndChanged()
    {
        CommandRun run = await ChatAsync(
            "/set max-tokens 2", "What is 12 + 7?", "/set MAX_TOKENS off", "/clear", "What is 12 + 7?", "/set");

        Assert.AreEqual("12", run.OutputLines[0].Trim(), run.Error);
        Assert.AreEqual("The conversation begins anew.", run.OutputLines[1]);
        Assert.AreEqual("12 + 7 = 19.", run.OutputLines[2]);
        Assert.AreEqual("max_tokens             as the model has it", run.OutputLines[3]);
    }

    [TestMethod]
    [DataRow("/set temprature 1", "There is no setting temprature. See /set. Did you mean temperature?")]
    [DataRow("/set temperature hot", "temperature must be a number 0 or greater, and finite, or off; got hot.")]
    [DataRow("/set top_p 2", "top_p must be a number greater than 0 and at most 1, or off; got 2.")]
    [DataRow("/set max_tokens 0", "max_tokens must be a number of at least 1, or off; got 0.")]
    [DataRow("/certanty", "There is no command /certanty. See /help. Did you mean /certainty?")]
    [DataRow("/intrinsic certanty", "Did you mean certainty?")]
    [DataRow("/save x.json", "Nothing has been asked yet.")]
    public async Task Chat_MistypedCommand_SaysWhatIsMeant(string line, string reason)
    {
        CommandRun run = await ChatAsync(line);

        Assert.AreEqual(0, run.ExitCode);
        Assert.Contains(reason, run.Error);
    }

    [TestMethod]
    public async Task Chat_SeveralIntrinsics_AnswerByName()
    {
        CommandRun run = await ChatAsync("What is 12 + 7?", "/intrinsic certainty answerability");

        Assert.AreEqual("certainty: 9", run.OutputLines[1], run.Error);
        Assert.StartsWith("answerability: ", run.OutputLines[2]);
    }

    [TestMethod]
    public async Task Chat_InterruptWithinAnAnswer_StopsItAndKeepsWhatThereIs()
    {
        using MemoryStream input = new(System.Text.Encoding.UTF8.GetBytes("What is 12 + 7?\n/certainty\n/rewind\nWhat is 3 + 4?\n"));
        await using InterruptingWriter output = new();
        await using StringWriter error = new() { NewLine = "\n" };
        using Terminal terminal = new(input, output, error);
        output.Terminal = terminal;
        int exitCode = await new AloraTool(terminal).InvokeAsync(["chat", await DemoModel.GetFolderAsync()], CancellationToken.None);

        Assert.AreEqual(0, exitCode);
        string[] lines = output.ToString().Split('\n');
        Assert.AreEqual("12 +", lines[0].Trim());
        Assert.EndsWith("% sure", lines[1]);
        Assert.AreEqual("Questions left: 0", lines[2]);
        Assert.AreEqual("3 + 4 = 7.", lines[3]);
        Assert.AreEqual("stopped. What there is of the answer is kept; /rewind takes it back.\n", error.ToString());
    }

    private sealed class InterruptingWriter : StringWriter
    {
        private bool _isDone;

        public Terminal? Terminal { get; set; }

        // Ctrl+C once the answer has begun.
        public override Task WriteAsync(string? value)
        {
            base.Write(value);
            if (!_isDone && value!.Contains('+', StringComparison.Ordinal))
            {
                _isDone = true;
                Assert.IsTrue(Terminal!.Interrupts.TryHandle());
            }

            return Task.CompletedTask;
        }
    }

    private static async Task<CommandRun> ChatAsync(params string[] lines) =>
        await CommandRun.WithInput(string.Join('\n', lines) + "\n", "chat", await DemoModel.GetFolderAsync(), "--verbose");
}
