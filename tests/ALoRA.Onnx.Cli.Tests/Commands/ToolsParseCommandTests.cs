using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Cli.Tests.Commands;

[TestClass]
public sealed class ToolsParseCommandTests
{
    private const string Completion =
        "<think>Hm 🚀</think>Now:\n<tool_call>{\"name\": \"f\", \"arguments\": {\"a\": [1e3]}}\n{\"x\": 1}</tool_call>";

    [TestMethod]
    public async Task Parse_AnyPieces_PrintsTheSameObject()
    {
        JsonNode expected = JsonNode.Parse(
            """
            {"text": "Now:", "reasoning": "Hm 🚀", "calls": [{"name": "f", "arguments": {"a": [1e3]}},
                {"error": "The call has no name.", "raw": "{\"x\": 1}"}]}
            """)!;
        foreach (string[] pieces in new string[][] { [], ["--pieces", "1"], ["--pieces", "3"], ["--pieces", "100000"] })
        {
            CommandRun run = await CommandRun.WithInput(Completion, ["tools", "parse", "--format", "hermes", .. pieces]);
            Assert.AreEqual(0, run.ExitCode, run.Error);
            Assert.HasCount(1, run.OutputLines);
            Assert.IsTrue(JsonNode.DeepEquals(expected, JsonNode.Parse(run.Output)), run.Output);
        }
    }

    [TestMethod]
    [DataRow("granite", "<|tool_call|>[{\"name\": \"f\"}]")]
    [DataRow("llama3", "{\"name\": \"f\", \"parameters\": {}}")]
    [DataRow("hermes", "<tool_call>{\"name\": \"f\"}</tool_call>")]
    [DataRow("mistral", "[TOOL_CALLS]f[ARGS]{}")]
    public async Task Parse_Formats_ReadTheirCalls(string format, string completion)
    {
        CommandRun run = await CommandRun.WithInput(completion, "tools", "parse", "--format", format);
        Assert.AreEqual("{\"text\":\"\",\"reasoning\":null,\"calls\":[{\"name\":\"f\",\"arguments\":{}}]}\n", run.Output);
    }

    [TestMethod]
    public async Task Parse_ToolAndThinking_AreTakenIntoAccount()
    {
        CommandRun other = await CommandRun.WithInput(
            "{\"name\": \"f\", \"parameters\": {}}", "tools", "parse", "--format", "llama3", "--tool", "g");
        Assert.AreEqual("{\"name\": \"f\", \"parameters\": {}}", (string?)JsonNode.Parse(other.Output)!["text"]);
        CommandRun thinking = await CommandRun.WithInput("Hm.</think>\nYes.", "tools", "parse", "--format", "hermes", "--thinking");
        Assert.AreEqual("{\"text\":\"Yes.\",\"reasoning\":\"Hm.\",\"calls\":[]}\n", thinking.Output);
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("--format xml")]
    [DataRow("--format hermes --pieces 0")]
    [DataRow("--format hermes --pieces few")]
    public async Task Parse_WrongOptions_AreUsage(string options)
    {
        CommandRun run = await CommandRun.WithInput(
            "", ["tools", "parse", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        Assert.AreEqual(2, run.ExitCode);
        Assert.AreEqual("", run.Output);
    }
}
