namespace ALoRA.Onnx.Cli.Tests.Commands;

[TestClass]
public sealed class AdapterConvertCommandTests
{
    [TestMethod]
    public async Task Convert_Adapter_WritesItIntoTheModelFolder()
    {
        using TemporaryFolder folder = new();
        Assert.AreEqual(0, (await CommandRun.Of("export", DemoModel.Checkpoint, "-o", folder["model"])).ExitCode);
        string[] convert = ["adapter", "convert", Path.Combine(DemoModel.Checkpoint, "adapters", "certainty"), "--model", folder["model"]];

        CommandRun first = await CommandRun.Of(convert);
        CommandRun second = await CommandRun.Of(convert);
        CommandRun forced = await CommandRun.Of([.. convert, "--force"]);

        Assert.AreEqual(0, first.ExitCode, first.Error);
        Assert.Contains("invocation [1, 807, 2]", first.Output);
        Assert.IsTrue(File.Exists(folder["model", "adapters", "certainty", "adapter.onnx_adapter"]));
        Assert.AreEqual(1, second.ExitCode);
        Assert.AreEqual(0, forced.ExitCode, forced.Error);
    }

    [TestMethod]
    public async Task Convert_AdapterOfAnotherBase_IsBadInput()
    {
        using TemporaryFolder folder = new();
        Assert.AreEqual(0, (await CommandRun.Of("export", DemoModel.Checkpoint, "-o", folder["model"])).ExitCode);

        CommandRun run = await CommandRun.Of(
            "adapter", "convert", GoldenData.Path("models", "llama", "adapters", "alora_all"), "--model", folder["model"]);

        Assert.AreEqual(3, run.ExitCode);
        Assert.StartsWith("error: ", run.Error.Split('\n').Last(line => line.StartsWith("error", StringComparison.Ordinal)));
        Assert.IsFalse(Directory.Exists(folder["model", "adapters"]) && Directory.GetDirectories(folder["model", "adapters"]).Length > 0);
    }
}
