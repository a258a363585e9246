using System.Diagnostics;
using ALoRA.Onnx.EndToEnd.Tests.Runtime;

namespace ALoRA.Onnx.EndToEnd.Tests.Samples;

/// <summary>The uncertainty sample as a user runs it.</summary>
[TestClass]
public sealed class UncertaintyConsoleTests
{
    [TestMethod]
    public async Task Question_OnTheDemoModel_IsAnsweredWithItsCertainty()
    {
        (int exitCode, string output, _) = await RunAsync("", "--model", await DemoModel.FolderAsync(), "--question", "What is 47 + 38?");
        Assert.AreEqual(0, exitCode);
        string[] lines = output.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        Assert.HasCount(4, lines);
        Assert.AreEqual("47 + 38 = 85.", lines[0]);
        Assert.MatchesRegex(@"^certainty 9\d % █+░*$", lines[1]);
        Assert.MatchesRegex(@"^as aLoRA +31 tokens reused, +3 computed, +[0-9.]+ ms$", lines[2]);
        Assert.MatchesRegex(@"^as plain LoRA +0 tokens reused, +34 computed, +[0-9.]+ ms, [0-9.]+ times as long$", lines[3]);
    }

    [TestMethod]
    public async Task PipedLines_AreOneConversation()
    {
        (int exitCode, string output, _) = await RunAsync("What is 3 + 4?\r\n\nCompute 6 * 7.\n", "--model", await DemoModel.FolderAsync());
        Assert.AreEqual(0, exitCode);
        Assert.Contains("3 + 4 = 7.", output);
        Assert.Contains("6 * 7 = 42.", output);
        Assert.AreEqual(2, output.Split("certainty ").Length - 1);
    }

    [TestMethod]
    public async Task MissingModel_IsOneSentence()
    {
        (int exitCode, string output, string error) =
            await RunAsync("", "--model", Path.Combine(Path.GetTempPath(), "no-such-model"), "--question", "Hi");
        Assert.AreEqual(1, exitCode);
        Assert.AreEqual("", output);
        Assert.StartsWith("error: ", error);
        Assert.Contains("alora export", error);
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(string input, params string[] arguments)
    {
        string binary = Path.Combine(
            AppContext.BaseDirectory, "..", "..", "UncertaintyConsole",
            Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)), "UncertaintyConsole.dll");
        ProcessStartInfo start = DotnetProgram.Start(binary, arguments);
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.StandardOutputEncoding = System.Text.Encoding.UTF8;
        using Process process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output, await error);
    }
}
