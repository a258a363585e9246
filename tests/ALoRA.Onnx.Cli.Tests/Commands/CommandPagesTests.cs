using System.CommandLine;
using System.Text;
using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Cli.Commands;

namespace ALoRA.Onnx.Cli.Tests.Commands;

/// <summary>
/// <c>docs/commands</c> has the help of every command as the tool prints it.
/// <c>ALORA_WRITE_PAGES=1</c> writes the pages anew, and the test passes then.
/// </summary>
[TestClass]
public sealed class CommandPagesTests
{
    private const string Variable = "ALORA_WRITE_PAGES";

    private static readonly string Folder = Path.Combine(RepositoryFolder.Root, "docs", "commands");

    [TestMethod]
    public async Task Pages_OfAllCommands_AreTheHelpOfTheTool()
    {
        using Terminal terminal = new(Stream.Null, TextWriter.Null, TextWriter.Null);
        StringBuilder index = new(
            """
            # Commands

            What `alora COMMAND --help` prints, a page for each command.
            Exit codes: [troubleshooting](troubleshooting.md#exit-codes-of-alora).

            | command | |
            | --- | --- |

            """);
        Dictionary<string, string> pages = [];
        foreach (Command command in CommandList.Create(terminal))
        {
            StringBuilder page = new($"# alora {command.Name}\n");
            await AddAsync(page, command, [command.Name]);
            pages[$"{command.Name}.md"] = page.ToString();
            index.Append($"| [{command.Name}](commands/{command.Name}.md) | {command.Description} |\n");
        }

        pages["../commands.md"] = index.ToString().ReplaceLineEndings("\n");
        if (Environment.GetEnvironmentVariable(Variable) == "1")
        {
            Directory.CreateDirectory(Folder);
            foreach (string old in Directory.EnumerateFiles(Folder, "*.md"))
            {
                File.Delete(old);
            }

            foreach ((string name, string text) in pages)
            {
                await File.WriteAllTextAsync(Path.Combine(Folder, name), text);
            }
        }

        string[] onDisk = [.. Directory.EnumerateFiles(Folder, "*.md").Select(path => Path.GetFileName(path)).Append("../commands.md")];
        CollectionAssert.AreEquivalent(pages.Keys.ToArray(), onDisk, $"Run this test with {Variable}=1 and commit docs/commands.");
        foreach ((string name, string text) in pages)
        {
            Assert.AreEqual(
                text, (await File.ReadAllTextAsync(Path.Combine(Folder, name))).ReplaceLineEndings("\n"),
                $"docs/commands/{name} is not what the tool says. Run this test with {Variable}=1 and commit it.");
        }
    }

    private static async Task AddAsync(StringBuilder page, Command command, string[] path)
    {
        using StringWriter output = new();
        using Terminal terminal = new(Stream.Null, output, TextWriter.Null);
        Assert.AreEqual(0, await new AloraTool(terminal).InvokeAsync([.. path, "--help"], CancellationToken.None));
        string[] lines = [.. output.ToString().ReplaceLineEndings("\n").Split('\n').Select(line => line.TrimEnd())];
        page.Append(path.Length > 1 ? $"\n## alora {string.Join(' ', path)}\n" : "");
        page.Append($"\n```text\n{string.Join('\n', lines).Trim('\n')}\n```\n");
        foreach (Command inner in command.Subcommands)
        {
            await AddAsync(page, inner, [.. path, inner.Name]);
        }
    }
}
