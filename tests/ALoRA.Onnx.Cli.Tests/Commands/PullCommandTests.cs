using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Cli.Tests.Hub;

namespace ALoRA.Onnx.Cli.Tests.Commands;

[TestClass]
public sealed class PullCommandTests
{
    [TestMethod]
    public async Task Pull_Repository_PrintsTheFolderAlone()
    {
        await using FakeHub hub = await FakeHub.StartAsync();
        hub.Add("config.json", "{}");
        hub.Add("model.safetensors", [1, 2, 3], isLarge: true);
        using TemporaryFolder home = new();
        CommandRun run = await CommandRun.WithVariables(VariablesOf(hub, home), "pull", FakeHub.Repository);

        Assert.AreEqual(0, run.ExitCode, run.Error);
        Assert.AreEqual(
            Path.Combine(home["huggingface"], "hub", "models--acme--tiny-model", "snapshots", FakeHub.Commit) + "\n", run.Output);
        Assert.Contains("2 files, 5 bytes, 5 bytes of them downloaded now", run.Error);
    }

    [TestMethod]
    public async Task Pull_Offline_NeedsNoHub()
    {
        using TemporaryFolder home = new();
        await using FakeHub hub = await FakeHub.StartAsync();
        Dictionary<string, string> variables = VariablesOf(hub, home);
        variables["HF_HUB_OFFLINE"] = "1";
        CommandRun run = await CommandRun.WithVariables(variables, "pull", FakeHub.Repository);

        Assert.AreEqual(ExitCode.BadInput, run.ExitCode);
        Assert.Contains("without HF_HUB_OFFLINE gets it", run.Error);
        Assert.IsEmpty(hub.Requests);
    }

    [TestMethod]
    [DataRow("tiny-model")]
    [DataRow("acme/tiny/model")]
    [DataRow("../model")]
    [DataRow("acme/..")]
    [DataRow("acme/tiny--model")]
    [DataRow("https://hub/acme/tiny")]
    public async Task Pull_NoNameOfTheHub_IsUsageError(string name)
    {
        CommandRun run = await CommandRun.Of("pull", name);

        Assert.AreEqual(ExitCode.Usage, run.ExitCode);
        Assert.Contains("must be a name on the hub, ORGANISATION/MODEL", run.Error);
    }

    [TestMethod]
    public async Task Pull_WrongEndpoint_NamesTheVariable()
    {
        CommandRun run = await CommandRun.WithVariables(
            new Dictionary<string, string> { ["HF_ENDPOINT"] = "mirror", ["HF_HOME"] = "x" }, "pull", FakeHub.Repository);

        Assert.AreEqual(ExitCode.Usage, run.ExitCode);
        Assert.Contains("HF_ENDPOINT must be an address", run.Error);
    }

    [TestMethod]
    public async Task Export_NameOfTheHub_PullsAndExports()
    {
        await using FakeHub hub = await FakeHub.StartAsync();
        foreach (string path in Directory.EnumerateFiles(DemoModel.Checkpoint))
        {
            hub.Add(
                Path.GetFileName(path), await File.ReadAllBytesAsync(path), path.EndsWith(".safetensors", StringComparison.Ordinal));
        }

        using TemporaryFolder home = new();
        CommandRun run = await CommandRun.WithVariables(
            VariablesOf(hub, home), "export", FakeHub.Repository, "-o", home["model"], "--precision", "int8", "--revision", "v1");

        Assert.AreEqual(0, run.ExitCode, run.Error);
        Assert.IsTrue(File.Exists(home["model/model.onnx"]));
        Assert.Contains($"\"name_or_path\": \"{FakeHub.Repository}\"", await File.ReadAllTextAsync(home["model/alora_config.json"]));
        Assert.IsTrue(File.Exists(home["huggingface/hub/models--acme--tiny-model/refs/v1"]));
    }

    [TestMethod]
    public async Task Export_RevisionOfAFolder_IsUsageError()
    {
        CommandRun run = await CommandRun.Of("export", DemoModel.Checkpoint, "-o", "x", "--revision", "main");

        Assert.AreEqual(ExitCode.Usage, run.ExitCode);
        Assert.Contains("--revision is for a model of the hub", run.Error);
    }

    private static Dictionary<string, string> VariablesOf(FakeHub hub, TemporaryFolder home) =>
        new() { ["HF_ENDPOINT"] = hub.Address, ["HF_HOME"] = home["huggingface"] };
}
