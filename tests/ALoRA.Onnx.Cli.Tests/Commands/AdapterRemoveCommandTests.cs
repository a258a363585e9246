namespace ALoRA.Onnx.Cli.Tests.Commands;

[TestClass]
public sealed class AdapterRemoveCommandTests
{
    [TestMethod]
    public async Task Remove_Adapter_DeletesItAlone()
    {
        using TemporaryFolder folder = await CopyAsync();
        CommandRun run = await CommandRun.Of("adapter", "remove", folder["model"], "certainty");

        Assert.AreEqual(0, run.ExitCode, run.Error);
        Assert.AreEqual(
            "answerability,certainty-lora",
            string.Join(',', Directory.GetDirectories(folder["model/adapters"]).Select(Path.GetFileName).Order(StringComparer.Ordinal)));
    }

    [TestMethod]
    public async Task Remove_DryRun_DeletesNothing()
    {
        using TemporaryFolder folder = await CopyAsync();
        CommandRun run = await CommandRun.Of("adapter", "remove", folder["model"], "certainty", "--dry-run");

        Assert.Contains("would be deleted", run.Output);
        Assert.HasCount(3, Directory.GetDirectories(folder["model/adapters"]));
    }

    [TestMethod]
    [DataRow("nope")]
    [DataRow("..")]
    [DataRow("../..")]
    [DataRow(".")]
    public async Task Remove_OneThatIsNotThere_DeletesNothing(string name)
    {
        using TemporaryFolder folder = await CopyAsync();
        CommandRun run = await CommandRun.Of("adapter", "remove", folder["model"], "certainty", name);

        Assert.AreEqual(2, run.ExitCode);
        Assert.Contains($"has no adapter '{name}'. It has answerability, certainty, certainty-lora.", run.Error);
        Assert.HasCount(3, Directory.GetDirectories(folder["model/adapters"]));
    }

    // What is removed is read from the manifests; the weights of the model are not needed.
    private static async Task<TemporaryFolder> CopyAsync()
    {
        string model = await DemoModel.GetFolderAsync();
        TemporaryFolder folder = new();
        foreach (string file in Directory.EnumerateFiles(model, "*.json", SearchOption.AllDirectories))
        {
            string target = Path.Combine(folder["model"], Path.GetRelativePath(model, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        return folder;
    }
}
