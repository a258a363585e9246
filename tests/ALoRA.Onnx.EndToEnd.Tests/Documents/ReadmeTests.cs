using System.Text.RegularExpressions;
using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Cli.Commands;

namespace ALoRA.Onnx.EndToEnd.Tests.Documents;

/// <summary>
/// What the README says, done as it says it, in a folder that looks like the repository.
/// Not in parallel, as its paths are relative to the current folder.
/// </summary>
[TestClass]
[DoNotParallelize]
public sealed partial class ReadmeTests
{
    private static readonly string Readme = File.ReadAllText(Path.Combine(RepositoryFolder.Root, "README.md")).ReplaceLineEndings("\n");

    [TestMethod]
    public async Task AloraCommands_Run_AllSucceed()
    {
        using RepositoryLikeFolder folder = await RepositoryLikeFolder.EnterAsync();
        Directory.Delete(Path.Combine("onnx-models", "demo"), recursive: true);
        string[] commands = [.. AloraCommand().Matches(Readme).Select(match => match.Groups["arguments"].Value)];
        Assert.IsGreaterThanOrEqualTo(5, commands.Length);
        foreach (string command in commands)
        {
            string[] arguments = [.. Argument().Matches(command).Select(match => match.Value.Trim('"'))];
            if (arguments[0] == "train")
            {
                // As it is printed, with fewer steps and rows held out: it would take minutes.
                int steps = Array.IndexOf(arguments, "--steps");
                Assert.IsGreaterThan(0, steps, command);
                arguments[steps + 1] = "2";
                arguments = [.. arguments, "--validation", "0.005"];
            }

            using StringWriter output = new();
            using StringWriter error = new();
            using Terminal terminal = new(Stream.Null, output, error);
            Assert.AreEqual(0, await new AloraTool(terminal).InvokeAsync(arguments, CancellationToken.None), $"alora {command}: {error}");
        }
    }

    [GeneratedRegex("^alora (?<arguments>.+)$", RegexOptions.Multiline)]
    private static partial Regex AloraCommand();

    [GeneratedRegex("""
        "[^"]*"|[^\s"]+
        """)]
    private static partial Regex Argument();
}
