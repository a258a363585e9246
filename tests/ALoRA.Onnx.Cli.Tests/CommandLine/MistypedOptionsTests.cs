namespace ALoRA.Onnx.Cli.Tests.CommandLine;

[TestClass]
public sealed class MistypedOptionsTests
{
    [TestMethod]
    [DataRow("serve demo --port 8080", "alora serve has no option --port. Did you mean --urls http://127.0.0.1:8080?")]
    [DataRow("serve demo --parallel 4", "alora serve has no option --parallel. Did you mean --max-rows?")]
    [DataRow("train demo x.jsonl -o y --learning-rate 1", "alora train has no option --learning-rate. Did you mean --lr?")]
    [DataRow("run demo hi --max-new-tokens 4", "alora run has no option --max-new-tokens. Did you mean --max-tokens?")]
    [DataRow("run demo hi --verbos", "alora run has no option --verbos. Did you mean --verbose?")]
    [DataRow("inspect demo --port 8080", "alora inspect has no option --port.")]
    [DataRow("completion show pswh", "got 'pswh'. Did you mean pwsh?")]
    public async Task Run_OptionOfAnotherProgram_AsksForOurs(string line, string expected)
    {
        CommandRun run = await CommandRun.Of(line.Split(' '));

        Assert.AreEqual(2, run.ExitCode);
        Assert.Contains(expected + "\n", run.Error);
    }

    [TestMethod]
    [DataRow("train", "alora train needs <model>: ", "alora train needs <data>: ")]
    [DataRow("train demo x.jsonl", "alora train needs --output, the folder to make, unless --dry-run is given.\n", "")]
    public async Task Train_WithoutWhatItNeeds_NamesIt(string line, string first, string second)
    {
        CommandRun run = await CommandRun.Of(line.Split(' '));

        Assert.AreEqual(2, run.ExitCode);
        Assert.Contains("error: " + first, run.Error);
        Assert.Contains(second, run.Error);
        Assert.DoesNotContain("Option '", run.Error);
    }

    [TestMethod]
    public async Task Run_GpuAsProvider_MeansCuda()
    {
        CommandRun run = await CommandRun.Of("run", await DemoModel.GetFolderAsync(), "hi", "--provider", "gpu");

        Assert.AreEqual(2, run.ExitCode);
        Assert.Contains("got 'gpu'. Did you mean cuda?", run.Error);
    }

    [TestMethod]
    public async Task Export_OfAnExportedModel_SaysThatItIsOne()
    {
        using TemporaryFolder folder = new();
        CommandRun run = await CommandRun.Of("export", await DemoModel.GetFolderAsync(), "-o", folder["out"]);

        Assert.AreEqual(3, run.ExitCode);
        Assert.Contains("is an exported model, not a checkpoint. Give the folder or .gguf file that it was made of.", run.Error);
    }
}
