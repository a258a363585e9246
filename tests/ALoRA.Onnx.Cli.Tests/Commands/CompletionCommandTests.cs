namespace ALoRA.Onnx.Cli.Tests.Commands;

[TestClass]
public sealed class CompletionCommandTests
{
    [TestMethod]
    [DataRow("bash", ".bashrc", "complete -o default")]
    [DataRow("zsh", ".zshrc", "compdef _alora_complete alora")]
    [DataRow("powershell", ".config/powershell/profile.ps1", "Register-ArgumentCompleter")]
    [DataRow("pwsh", ".config/powershell/profile.ps1", "Register-ArgumentCompleter")]
    public async Task Install_Shell_IsReadByItOnceAndTakenAwayAgain(string shell, string profile, string text)
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Inconclusive("The places are those of Unix.");
        }

        using TemporaryFolder home = new();
        Dictionary<string, string> variables = new() { ["HOME"] = home[""], ["SHELL"] = $"/bin/{shell}" };
        Directory.CreateDirectory(Path.GetDirectoryName(home[profile])!);
        await File.WriteAllTextAsync(home[profile], "mine");

        CommandRun run = await CommandRun.WithVariables(variables, "completion", "install");
        await CommandRun.WithVariables(variables, "completion", "install", shell.ToUpperInvariant());

        Assert.AreEqual(0, run.ExitCode, run.Error);
        string[] lines = await File.ReadAllLinesAsync(home[profile]);
        Assert.HasCount(2, lines);
        Assert.AreEqual("mine", lines[0]);
        string script = lines[1].Split('\'')[1];
        Assert.Contains(text, await File.ReadAllTextAsync(script));

        CommandRun removed = await CommandRun.WithVariables(variables, "completion", "remove");

        Assert.AreEqual(0, removed.ExitCode, removed.Error);
        Assert.AreEqual("mine\n", await File.ReadAllTextAsync(home[profile]));
        Assert.IsFalse(File.Exists(script));
    }

    [TestMethod]
    public async Task Install_UnknownShell_AsksForOne()
    {
        CommandRun run = await CommandRun.WithVariables(
            new Dictionary<string, string> { ["HOME"] = "/nowhere", ["USERPROFILE"] = "/nowhere", ["SHELL"] = "/bin/fish" },
            "completion", "install");

        Assert.AreEqual(2, run.ExitCode);
        Assert.Contains("Your shell, fish, is not known. Name one of bash, zsh, powershell.", run.Error);
    }
}
