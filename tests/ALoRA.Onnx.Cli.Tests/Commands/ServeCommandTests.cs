using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Cli.Commands;

namespace ALoRA.Onnx.Cli.Tests.Commands;

[TestClass]
public sealed class ServeCommandTests
{
    [TestMethod]
    public async Task Serve_Demo_SaysWhereAndEndsWellWhenToldTo()
    {
        using CancellationTokenSource stop = new();
        await using WatchedWriter output = new();
        await using StringWriter error = new();
        using Terminal terminal = new(Stream.Null, output, error);
        Task<int> serving = new AloraTool(terminal).InvokeAsync(
            ["serve", await DemoModel.GetFolderAsync(), "--urls", "http://127.0.0.1:0", "--model-name", "demo", "--max-queue", "3"],
            stop.Token);
        string[] lines = (await output.Flushed).Split('\n');

        Assert.MatchesRegex(@"^http://127\.0\.0\.1:[1-9]\d*$", lines[0]);
        Assert.StartsWith("model     demo (", lines[1]);
        Assert.AreEqual("adapters  answerability, certainty, certainty-lora", lines[2]);
        Assert.AreEqual($"page      {lines[0]}/", lines[3]);
        Assert.StartsWith(
            $"try       curl {lines[0]}/v1/chat/completions -H \"Content-Type: application/json\" -d '{{\"model\": \"demo\"", lines[4]);
        using HttpClient client = new();
        Assert.AreEqual("""{"status":"ready","model":"demo"}""", await client.GetStringAsync($"{lines[0]}/ready"));

        await stop.CancelAsync();

        Assert.AreEqual(0, await serving);
        Assert.AreEqual("", error.ToString());
        await Assert.ThrowsExactlyAsync<HttpRequestException>(() => client.GetStringAsync($"{lines[0]}/ready"));
    }

    [TestMethod]
    [DataRow(new[] { "--max-queue", "-1" }, 2, "error: --max-queue must be at least 0, got -1.")]
    [DataRow(new[] { "--max-queue", "many" }, 2, "error: --max-queue takes a whole number, such as 8; got 'many'.")]
    [DataRow(new[] { "--max-rows", "1000" }, 2, "error: --max-rows must be at least 1 and at most 256, got 1000.")]
    [DataRow(new[] { "--urls", "http://0.0.0.0:0" }, 2, "error: http://0.0.0.0:0 is reached by other machines")]
    [DataRow(new[] { "--urls", "nonsense" }, 2, "error: --urls: 'nonsense' is no address.")]
    [DataRow(new[] { "--no-auth", "--api-key-file", "keys.txt" }, 2, "error: --no-auth lets everyone in")]
    [DataRow(new[] { "--api-key-file", "no-such-file" }, 3, "error: --api-key-file no-such-file can't be read")]
    [DataRow(new[] { "--adapters-folder", "no-such-folder" }, 2, "error: --adapters-folder: there is no folder")]
    public async Task Serve_WrongOption_SaysWhichAndEnds(string[] options, int exitCode, string sentence)
    {
        CommandRun run = await CommandRun.Of(["serve", "no-such-model", .. options]);

        Assert.AreEqual(exitCode, run.ExitCode, run.Error);
        Assert.StartsWith(sentence, run.Error);
        Assert.AreEqual("", run.Output);
    }

    [TestMethod]
    public async Task Serve_NoModel_SaysSo()
    {
        CommandRun run = await CommandRun.Of("serve");

        Assert.AreEqual(2, run.ExitCode);
        Assert.StartsWith("error: The model is missing. Give a folder that `alora export` wrote.", run.Error);
    }

    [TestMethod]
    public async Task Serve_NoSuchFolder_IsBadInput()
    {
        CommandRun run = await CommandRun.Of("serve", "no-such-model", "--urls", "http://127.0.0.1:0");

        Assert.AreEqual(3, run.ExitCode);
        Assert.Contains("no-such-model", run.Error);
    }

    [TestMethod]
    public async Task Serve_Help_ShowsFlagsAndExamples()
    {
        CommandRun run = await CommandRun.Of("serve", "--help");

        foreach (string flag in (string[])
            ["--urls", "--api-key-file", "--admin-key-file", "--adapters-folder", "--max-queue", "--max-context-tokens", "--provider",
                "--no-auth", "--strict"])
        {
            Assert.Contains(flag, run.Output);
        }

        Assert.Contains("alora serve onnx-models/demo", run.Output);
    }

    // Tells when what was written is complete.
    private sealed class WatchedWriter : StringWriter
    {
        private readonly TaskCompletionSource<string> _flushed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public WatchedWriter() => NewLine = "\n";

        public Task<string> Flushed => _flushed.Task;

        public override Task FlushAsync()
        {
            _flushed.TrySetResult(ToString());
            return base.FlushAsync();
        }
    }
}
