using System.Text;
using System.Text.RegularExpressions;
using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Cli.Commands;

namespace ALoRA.Onnx.EndToEnd.Tests.Readme;

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
    public void Snippets_AreTheOnesThatAreCompiled()
    {
        string source = File.ReadAllText(Path.Combine(RepositoryFolder.Root, "tests", "ALoRA.Onnx.EndToEnd.Tests", "Readme", "Snippets.cs"))
            .ReplaceLineEndings("\n");
        Dictionary<string, string> compiled = CompiledSnippet()
            .Matches(source)
            .ToDictionary(match => match.Groups["name"].Value, match => Dedent(match.Groups["code"].Value));
        MatchCollection shown = ShownSnippet().Matches(Readme);
        Assert.HasCount(CSharpBlock().Count(Readme), shown, "Every C# block of the README needs a name in front of it.");
        CollectionAssert.AreEquivalent(compiled.Keys, shown.Select(match => match.Groups["name"].Value).ToArray());
        foreach (Match match in shown)
        {
            Assert.AreEqual(compiled[match.Groups["name"].Value], match.Groups["code"].Value, match.Groups["name"].Value);
        }
    }

    [TestMethod]
    public async Task Snippets_Run_SayWhatTheyShould()
    {
        using RepositoryLikeFolder folder = await RepositoryLikeFolder.EnterAsync();
        using StringWriter written = new();
        await Snippets.AskAsync(written);
        StringAssert.Matches(written.ToString(), new Regex(@"^47 \+ 38 = 85\. 9\d\s?% sure, 31 tokens reused\.\s*$"));
        using StringWriter rag = new();
        await Snippets.RagAsync(rag);
        string[] lines = rag.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
        Assert.HasCount(4, lines);
        Assert.StartsWith("answerability: answerable (", lines[1]);
        Assert.StartsWith("jailbreak: N (", lines[2]);
        Assert.StartsWith("Mia is 81 years old. (", lines[3]);
        using StringWriter counted = new();
        Snippets.Count(counted);
        Assert.AreEqual("13 of 18 tokens: Mia is 81 years old. Mia lives in Cairo.", counted.ToString().Trim());
        Assert.AreEqual("granite", (await Snippets.ExportAsync(TextWriter.Synchronized(new StringWriter()))).Architecture);
        Assert.IsTrue(File.Exists(Path.Combine("onnx-models", "demo-int4", "model.onnx")));
    }

    [TestMethod]
    public async Task NoRepeatedTrigram_AnswerThatRepeatsItself_RepeatsNoTrigram()
    {
        AloraModel model = await Runtime.DemoModel.OpenAsync();
        using Conversation conversation = model.CreateConversation();
        await conversation.PromptAsync([new("user", "What is 47 + 38?")]);
        int length = conversation.Length;
        GenerationOptions options = new() { MaxNewTokens = 100, IgnoreEndOfText = true };
        Assert.IsTrue(Repeats((await conversation.GenerateToEndAsync(options)).Tokens), "There must be something to prevent.");

        conversation.Rewind(length);
        options = options with { LogitsProcessors = [context => new Snippets.NoRepeatedTrigram(context)] };
        Assert.IsFalse(Repeats((await conversation.GenerateToEndAsync(options)).Tokens));

        static bool Repeats(IReadOnlyList<int> tokens) =>
            Enumerable.Range(0, tokens.Count - 2).GroupBy(i => (tokens[i], tokens[i + 1], tokens[i + 2])).Any(group => group.Count() > 1);
    }

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

    [TestMethod]
    public void Links_LeadToFilesOfTheRepository()
    {
        string[] targets = [.. RelativeLink().Matches(Readme).Select(match => match.Groups["path"].Value)];
        Assert.IsNotEmpty(targets);
        foreach (string target in targets)
        {
            Assert.IsTrue(Path.Exists(Path.Combine(RepositoryFolder.Root, target)), target);
        }
    }

    private static string Dedent(string code)
    {
        string[] lines = code.TrimEnd('\n', ' ').Split('\n');
        int indent = lines.Where(line => line.Length > 0).Min(line => line.Length - line.TrimStart(' ').Length);
        StringBuilder text = new();
        foreach (string line in lines)
        {
            text.Append(line.Length > indent ? line[indent..] : "").Append('\n');
        }

        return text.ToString();
    }

    [GeneratedRegex(@"// snippet: (?<name>\w+)\n(?<code>.*?)\n\s*// end of snippet", RegexOptions.Singleline)]
    private static partial Regex CompiledSnippet();

    [GeneratedRegex(@"<!-- snippet: (?<name>\w+) -->\n```csharp\n(?<code>.*?)```", RegexOptions.Singleline)]
    private static partial Regex ShownSnippet();

    [GeneratedRegex("^```csharp", RegexOptions.Multiline)]
    private static partial Regex CSharpBlock();

    [GeneratedRegex("^alora (?<arguments>.+)$", RegexOptions.Multiline)]
    private static partial Regex AloraCommand();

    [GeneratedRegex("""
        "[^"]*"|[^\s"]+
        """)]
    private static partial Regex Argument();

    [GeneratedRegex(@"\]\((?<path>[^):#]+)\)")]
    private static partial Regex RelativeLink();
}
