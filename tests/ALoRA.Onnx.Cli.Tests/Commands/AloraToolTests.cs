using System.CommandLine;
using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Cli.Commands;

namespace ALoRA.Onnx.Cli.Tests.Commands;

[TestClass]
public sealed class AloraToolTests
{
    public static IEnumerable<object[]> Commands()
    {
        using Terminal terminal = new(Stream.Null, TextWriter.Null, TextWriter.Null);
        return [.. new[] { "" }.Concat(CommandList.Create(terminal).SelectMany(command => PathsOf(command, "")))
            .Select(path => new object[] { path })];
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("adapter")]
    [DataRow("--verbose")]
    public async Task InvokeAsync_NoCommand_IsHelp(string arguments)
    {
        CommandRun run = await CommandRun.Of(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.AreEqual(0, run.ExitCode);
        Assert.StartsWith("Description:", run.Output);
        Assert.Contains("Commands:", run.Output);
        Assert.AreEqual("", run.Error);
    }

    [TestMethod]
    [DataRow("exprot", "alora has no command exprot. Did you mean export?")]
    [DataRow("EXPORT", "alora has no command EXPORT. Did you mean export?")]
    [DataRow("adapter convrt", "alora adapter has no command convrt. Did you mean convert?")]
    [DataRow("nonsense", "alora has no command nonsense.")]
    [DataRow("run m p --temprature 1", "alora run has no option --temprature. Did you mean --temperature?")]
    [DataRow("run m --temprature 1", "alora run has no option --temprature. Did you mean --temperature?")]
    [DataRow("run m p q", "'q' is one word too many. A text of several words stands in quotes.")]
    [DataRow("run", "alora run needs <model>: An exported model folder.")]
    [DataRow("run m p --top-k", "--top-k needs a value: Sample among this many most likely tokens; 0 is off.")]
    [DataRow("export x", "alora export needs --output: The model folder to make.")]
    [DataRow("run m p --temperature abc", "--temperature takes a number, such as 0.7 or 2e-4; got 'abc'.")]
    [DataRow("run m p --temperature -1", "--temperature must be a number 0 or greater, and finite, got -1.")]
    [DataRow("run m p --threads 0", "--threads must be at least 1, got 0.")]
    [DataRow("run m p --threads 1.5", "--threads takes a whole number, such as 8; got '1.5'.")]
    [DataRow("run m p --threads 99999999999", "--threads takes a smaller number; got '99999999999'.")]
    [DataRow("run m p --max-tokens 0", "--max-tokens must be at least 1, got 0.")]
    [DataRow("quality m r --threads 0", "--threads must be at least 1, got 0.")]
    [DataRow("bench m --chunk 0", "--chunk must be at least 1, got 0.")]
    [DataRow("serve m --max-queue x", "--max-queue takes a whole number, such as 8; got 'x'.")]
    [DataRow("train m d -o o --lr 0", "--lr must be greater than 0, got 0.")]
    [DataRow("train m d -o o --dropout 1", "--dropout must be from 0 to below 1, got 1.")]
    [DataRow("train m d -o o --layers 1 x", "--layers takes whole numbers, such as 0 1 2; got 'x'.")]
    [DataRow("train m d -o o --schedule cosin", "--schedule must be one of constant, linear, cosine; got 'cosin'. Did you mean cosine?")]
    [DataRow(
        "export c -o o -p int5",
        "--precision must be one of float32, float16, bfloat16, int4, int4-mixed, int8, gguf; got 'int5'. Did you mean int4?")]
    [DataRow("export c -o o --block-size 31", "--block-size must be 16, 32, 64, 128 or 256, got 31.")]
    [DataRow("completion install fsh", "<shell> must be one of bash, zsh, powershell; got 'fsh'. Did you mean zsh?")]
    public async Task InvokeAsync_WrongLine_SaysWhatIsMeant(string arguments, string sentence)
    {
        CommandRun run = await CommandRun.Of(arguments.Split(' '));

        Assert.AreEqual(2, run.ExitCode);
        Assert.AreEqual($"error: {sentence}", run.Error.Split('\n')[0]);
        Assert.Contains("--help` for the options and examples.", run.Error);
        Assert.AreEqual("", run.Output);
    }

    [TestMethod]
    [DynamicData(nameof(Commands))]
    public async Task Help_AnyCommand_FitsTheScreenAndHasExamples(string path)
    {
        foreach (int width in new[] { 60, 100 })
        {
            CommandRun run = await CommandRun.OnScreen(width, [.. path.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);

            Assert.AreEqual(0, run.ExitCode, run.Error);
            string? tooLong = run.OutputLines.FirstOrDefault(line => line.Length > width && line.Trim().Contains(' '));
            Assert.IsNull(tooLong, $"{path} at {width}: {tooLong}");
            bool isGroup = run.Output.Contains("\nCommands:\n", StringComparison.Ordinal);
            Assert.AreEqual(!isGroup || path.Length == 0, run.Output.Contains("\nExamples:\n", StringComparison.Ordinal), path);
        }
    }

    [TestMethod]
    public async Task Help_Train_SaysThatRatesAreTakenInEitherForm()
    {
        CommandRun run = await CommandRun.Of("train", "--help");

        Assert.Contains("such as 2e-4 or 0.0002", run.Output);
    }

    [TestMethod]
    public async Task Suggest_BeginningOfACommand_CompletesIt()
    {
        CommandRun run = await CommandRun.Of("[suggest:8]", "alora ch");

        Assert.AreEqual("chat", run.Output.ReplaceLineEndings("\n").Split('\n')[0]);
    }

    [TestMethod]
    public async Task InvokeAsync_Version_PrintsIt()
    {
        CommandRun run = await CommandRun.Of("--version");

        Assert.AreEqual(0, run.ExitCode);
        Assert.MatchesRegex(@"^\d+\.\d+\.\d+", run.Output);
    }

    private static IEnumerable<string> PathsOf(Command command, string before) =>
        new[] { $"{before}{command.Name}" }.Concat(command.Subcommands.SelectMany(child => PathsOf(child, $"{before}{command.Name} ")));
}
