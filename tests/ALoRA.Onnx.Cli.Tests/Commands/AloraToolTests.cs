namespace ALoRA.Onnx.Cli.Tests.Commands;

[TestClass]
public sealed class AloraToolTests
{
    [TestMethod]
    public async Task InvokeAsync_NoCommand_IsUsageError()
    {
        CommandRun run = await CommandRun.Of();

        Assert.AreEqual(2, run.ExitCode);
        Assert.Contains("error: ", run.Error);
        Assert.Contains("alora --help", run.Error);
        Assert.AreEqual("", run.Output);
    }

    [TestMethod]
    public async Task InvokeAsync_UnknownCommand_IsUsageError()
    {
        CommandRun run = await CommandRun.Of("exprot");

        Assert.AreEqual(2, run.ExitCode);
        Assert.Contains("exprot", run.Error);
    }

    [TestMethod]
    public async Task InvokeAsync_Version_PrintsIt()
    {
        CommandRun run = await CommandRun.Of("--version");

        Assert.AreEqual(0, run.ExitCode);
        Assert.MatchesRegex(@"^\d+\.\d+\.\d+", run.Output);
    }
}
