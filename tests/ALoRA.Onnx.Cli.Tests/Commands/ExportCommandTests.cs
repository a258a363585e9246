namespace ALoRA.Onnx.Cli.Tests.Commands;

[TestClass]
public sealed class ExportCommandTests
{
    [TestMethod]
    public async Task Export_Checkpoint_WritesTheModelFolder()
    {
        using TemporaryFolder folder = new();

        CommandRun run = await CommandRun.Of("export", DemoModel.Checkpoint, "-o", folder["model"]);

        Assert.AreEqual(0, run.ExitCode, run.Error);
        Assert.IsTrue(File.Exists(folder["model", "model.onnx"]));
        Assert.Contains("parameters", run.Output);
        Assert.Contains("Writing weights", run.Error);
        Assert.HasCount(1, Directory.GetDirectories(folder.Path));
    }

    [TestMethod]
    public async Task Export_ExistingFolder_NeedsForce()
    {
        using TemporaryFolder folder = new();
        Assert.AreEqual(0, (await CommandRun.Of("export", DemoModel.Checkpoint, "-o", folder["model"])).ExitCode);

        CommandRun refused = await CommandRun.Of("export", DemoModel.Checkpoint, "-o", folder["model"]);
        CommandRun forced = await CommandRun.Of("export", DemoModel.Checkpoint, "-o", folder["model"], "--force");

        Assert.AreEqual(1, refused.ExitCode);
        Assert.Contains("error: ", refused.Error);
        Assert.AreEqual(0, forced.ExitCode, forced.Error);
    }

    [TestMethod]
    public async Task Export_MissingCheckpoint_IsBadInput()
    {
        using TemporaryFolder folder = new();

        CommandRun run = await CommandRun.Of("export", folder["nothing"], "-o", folder["model"]);

        Assert.AreEqual(3, run.ExitCode);
        Assert.Contains("nothing", run.Error);
        Assert.IsFalse(Directory.Exists(folder["model"]));
    }

    [TestMethod]
    public async Task Export_Cancelled_LeavesNothing()
    {
        using TemporaryFolder folder = new();

        CommandRun run = await CommandRun.WithInput(
            [], ["export", DemoModel.Checkpoint, "-o", folder["model"]], new CancellationToken(canceled: true));

        Assert.AreEqual(130, run.ExitCode);
        Assert.IsEmpty(Directory.GetFileSystemEntries(folder.Path));
    }

    [TestMethod]
    public async Task Export_UnknownPrecision_IsUsageErrorThatListsThem()
    {
        CommandRun run = await CommandRun.Of("export", DemoModel.Checkpoint, "-o", "x", "--precision", "int3");

        Assert.AreEqual(2, run.ExitCode);
        Assert.Contains("bfloat16", run.Error);
    }

    [TestMethod]
    public async Task Export_DryRun_WritesNothing()
    {
        using TemporaryFolder folder = new();

        CommandRun run = await CommandRun.Of("export", DemoModel.Checkpoint, "-o", folder["model"], "--precision", "int4", "--dry-run");

        Assert.AreEqual(0, run.ExitCode, run.Error);
        Assert.Contains("would write", run.Output);
        Assert.IsEmpty(Directory.GetFileSystemEntries(folder.Path));
    }

    [TestMethod]
    public async Task Export_FlavorGenAI_WritesItsGraphAndConfiguration()
    {
        using TemporaryFolder folder = new();

        CommandRun run = await CommandRun.Of("export", DemoModel.Checkpoint, "-o", folder["model"], "--flavor", "genai");

        Assert.AreEqual(0, run.ExitCode, run.Error);
        Assert.Contains("genai.onnx", run.Output);
        Assert.IsTrue(File.Exists(folder["model", "genai_config.json"]));
    }

    [TestMethod]
    public async Task Export_WithAdapter_ConvertsItAlong()
    {
        using TemporaryFolder folder = new();

        CommandRun run = await CommandRun.Of(
            "export", DemoModel.Checkpoint, "-o", folder["model"], "--adapter",
            $"sure={Path.Combine(DemoModel.Checkpoint, "adapters", "certainty")}");

        Assert.AreEqual(0, run.ExitCode, run.Error);
        Assert.IsTrue(File.Exists(folder["model", "adapters", "sure", "adapter.json"]));
        Assert.Contains("adapters/sure/adapter.onnx_adapter", run.Output);
    }

    [TestMethod]
    public async Task Export_UnreadableAdapter_IsFoundBeforeTheExport()
    {
        using TemporaryFolder folder = new();

        CommandRun run = await CommandRun.Of(
            "export", DemoModel.Checkpoint, "-o", folder["model"], "--adapter", $"sure={folder["nothing"]}");

        Assert.AreEqual(3, run.ExitCode, run.Error);
        Assert.IsFalse(Directory.Exists(folder["model"]));
    }

    [TestMethod]
    [DataRow("--adapter", "=certainty")]
    [DataRow("--block-size", "48")]
    [DataRow("--embedding", "int3")]
    [DataRow("--flavor", "tensorrt")]
    public async Task Export_ImpossibleOption_IsUsageError(string option, string value)
    {
        using TemporaryFolder folder = new();

        CommandRun run = await CommandRun.Of("export", DemoModel.Checkpoint, "-o", folder["model"], "--precision", "int4", option, value);

        Assert.AreEqual(2, run.ExitCode, run.Error);
        Assert.Contains(value, run.Error);
    }
}
