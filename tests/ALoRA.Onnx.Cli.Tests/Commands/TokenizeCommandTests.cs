using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Cli.Tests.Commands;

[TestClass]
public sealed class TokenizeCommandTests
{
    /// <summary>All golden tokenizers; without golden data one row whose folder is missing, so that the test says that it skips.</summary>
    public static IEnumerable<object[]> Tokenizers
    {
        get
        {
            return GoldenData.Find("text", "tokenizers") is string folder
                ? Directory.GetDirectories(folder)
                    .Where(path => File.Exists(Path.Combine(path, "cases.json")))
                    .Select(path => new object[] { Path.GetFileName(path) })
                : [["cases.json"]];
        }
    }

    [TestMethod]
    public async Task Tokenize_TextAndIds_AnswersEachLine()
    {
        CommandRun run = await CommandRun.WithInput(
            "{\"text\": \"<|start_of_role|>certainty<|end_of_role|>\"}\r\n{\"ids\": [1, 807, 2]}\r\n", "tokenize", DemoModel.Checkpoint);

        Assert.AreEqual(0, run.ExitCode, run.Error);
        Assert.HasCount(2, run.OutputLines);
        Assert.AreEqual("{\"ids\":[1,807,2],\"tokens\":[\"<|start_of_role|>\",\"certainty\",\"<|end_of_role|>\"]}", run.OutputLines[0]);
        Assert.AreEqual("<|start_of_role|>certainty<|end_of_role|>", (string?)JsonNode.Parse(run.OutputLines[1])!["text"]);
    }

    [TestMethod]
    public async Task Tokenize_SkipSpecial_LeavesThemOut()
    {
        CommandRun run = await CommandRun.WithInput(
            "{\"ids\": [1, 807, 2]}", "tokenize", Path.Combine(DemoModel.Checkpoint, "tokenizer.json"), "--skip-special");

        Assert.AreEqual("{\"text\":\"certainty\"}\n", run.Output);
    }

    [TestMethod]
    [DataRow("{}")]
    [DataRow("{\"text\": \"a\", \"ids\": [1]}")]
    [DataRow("{\"text\": null}")]
    [DataRow("{\"ids\": \"1\"}")]
    [DataRow("{\"ids\": [1.5]}")]
    [DataRow("{\"ids\": [99999999999]}")]
    [DataRow("nonsense")]
    public async Task Tokenize_BadLine_AnswersWithAnErrorAndGoesOn(string line)
    {
        CommandRun run = await CommandRun.WithInput($"{line}\n{{\"ids\": [807]}}\n", "tokenize", DemoModel.Checkpoint);

        Assert.AreEqual(0, run.ExitCode);
        Assert.HasCount(2, run.OutputLines);
        Assert.IsNotNull(JsonNode.Parse(run.OutputLines[0])!["error"]);
        Assert.AreEqual("{\"text\":\"certainty\"}", run.OutputLines[1]);
    }

    [TestMethod]
    public async Task Tokenize_NoTokenizer_IsBadInput()
    {
        using TemporaryFolder folder = new();

        CommandRun run = await CommandRun.WithInput("{\"text\": \"a\"}", "tokenize", folder.Path);

        Assert.AreEqual(3, run.ExitCode, run.Error);
        Assert.AreEqual("", run.Output);
    }

    [TestMethod]
    [DynamicData(nameof(Tokenizers))]
    public async Task Tokenize_GoldenCases_GivesTheReference(string name)
    {
        string folder = GoldenData.Path("text", "tokenizers", name);
        JsonArray cases = JsonNode.Parse(await File.ReadAllBytesAsync(Path.Combine(folder, "cases.json")))!.AsArray();

        await CompareAsync(cases, folder, [], "text", "text", "ids", "ids");
        await CompareAsync(cases, folder, ["--special"], "text", "text", "ids_special", "ids");
        await CompareAsync(cases, folder, [], "ids", "ids", "decoded", "text");
        await CompareAsync(cases, folder, ["--skip-special"], "ids_special", "ids", "decoded_skip", "text");
        await CompareAsync(cases, folder, ["--stream"], "ids", "ids", "stream", "stream");
    }

    private static async Task CompareAsync(
        JsonArray cases, string folder, string[] options, string input, string inputKey, string expected, string expectedKey)
    {
        JsonNode[] withExpectation =
            [.. cases.Where(item => item!.AsObject().ContainsKey(expected) && item.AsObject().ContainsKey(input))!];
        Assert.IsNotEmpty(withExpectation, expected);
        string lines = string.Concat(
            withExpectation.Select(item => new JsonObject { [inputKey] = item[input]!.DeepClone() }.ToJsonString() + "\n"));

        CommandRun run = await CommandRun.WithInput(lines, ["tokenize", folder, .. options]);

        Assert.AreEqual(0, run.ExitCode, run.Error);
        Assert.HasCount(withExpectation.Length, run.OutputLines);
        for (int i = 0; i < withExpectation.Length; i++)
        {
            JsonNode answer = JsonNode.Parse(run.OutputLines[i])!;
            Assert.IsTrue(
                JsonNode.DeepEquals(withExpectation[i][expected], answer[expectedKey]),
                $"{expected} of {withExpectation[i][input]!.ToJsonString()}: {run.OutputLines[i]}");
        }
    }
}
