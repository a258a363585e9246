using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Cli.Tests.Commands;

[TestClass]
public sealed class SchemaCheckCommandTests
{
    private const string Person =
        """{"type": "object", "properties": {"name": {"type": "string"}, "ages": {"type": "array", "items": {"type": "integer"}}}}""";

    [TestMethod]
    public async Task Check_Instances_JudgesEachAsItIsWritten()
    {
        CommandRun run = await CheckAsync(
            Person,
            """
            {"name": "Ada", "ages": [1, 2]}
            {"name":"A, b: \"c","ages":[1,2]}
            {"name": "Ada","ages": [1, 2]}
            {"ages": [1], "name": "Ada"}
            {"ages": [1.0]}
            {"name": 1}
            {"name": "Ada"
            nonsense

            {}
            """);

        Assert.AreEqual(0, run.ExitCode, run.Error);
        CollectionAssert.AreEqual(
            new[] { true, true, false, false, false, false, false, false, false, true },
            run.OutputLines.Select(line => (bool)JsonNode.Parse(line)!["accepted"]!).ToArray());
        Assert.AreEqual("{\"accepted\":true}", run.OutputLines[0]);
    }

    [TestMethod]
    public async Task Check_NotUnicode_IsNotAccepted()
    {
        using TemporaryFolder folder = new();
        string schema = folder["schema.json"];
        await File.WriteAllTextAsync(schema, """{"type": "string"}""");

        CommandRun run = await CommandRun.WithInput([(byte)'"', 0xC3, (byte)'"'], ["schema", "check", schema], CancellationToken.None);

        Assert.AreEqual("{\"accepted\":false}\n", run.Output);
    }

    [TestMethod]
    public async Task Check_Open_AcceptsWhatIsNotNamed()
    {
        const string Instance = """{"name": "Ada", "born": 1815}""";

        CommandRun closed = await CheckAsync(Person, Instance);
        CommandRun open = await CheckAsync(Person, Instance, "--open");

        Assert.AreEqual("{\"accepted\":false}\n", closed.Output);
        Assert.AreEqual("{\"accepted\":true}\n", open.Output);
    }

    [TestMethod]
    [DataRow("""{"type": "integer", "minimum": "one"}""")]
    [DataRow("""{"type": "no such type"}""")]
    [DataRow("{\"type\":\n}")]
    [DataRow("")]
    public async Task Check_RefusedSchema_IsBadInputWithOneLine(string schema)
    {
        CommandRun run = await CheckAsync(schema, "1\n2\n");

        Assert.AreEqual(3, run.ExitCode);
        Assert.AreEqual("", run.Output);
        Assert.AreEqual(1, run.Error.Count(unit => unit == '\n'), run.Error);
        Assert.Contains("schema.json", run.Error);
    }

    [TestMethod]
    public async Task Check_NoSuchFile_IsBadInput() =>
        Assert.AreEqual(3, (await CommandRun.Of("schema", "check", "missing.json")).ExitCode);

    [TestMethod]
    [DataRow("schema", "check")]
    [DataRow("schema", "check", "schema.json", "--batch")]
    public async Task Check_NeitherOrBoth_IsAWrongCommandLine(params string[] arguments)
    {
        CommandRun run = await CommandRun.Of(arguments);

        Assert.AreEqual(2, run.ExitCode);
        Assert.Contains("--batch", run.Error);
    }

    [TestMethod]
    public async Task Check_Batch_AnswersEachLineInOrder()
    {
        CommandRun run = await CommandRun.WithInput(
            """
            {"schema": {"type": "integer"}, "instances": [1, 1.0, "1", -3]}
            {"schema": {"type": "no such type"}, "instances": [1]}
            nonsense
            {"schema": true}
            {"schema": true, "instances": {}}
            []

            {"instances": [[1,"\u0041"], [1, 2]], "schema": {"items": {"type": "integer"}}}
            {"schema": {"$ref": "#"}, "instances": []}
            {"schema": true, "instances": []}
            """,
            "schema",
            "check",
            "--batch");

        Assert.AreEqual(0, run.ExitCode, run.Error);
        JsonObject[] answers = [.. run.OutputLines.Select(line => JsonNode.Parse(line)!.AsObject())];
        Assert.HasCount(10, answers);
        Assert.AreEqual("[true,false,false,true]", answers[0]["accepted"]!.ToJsonString());
        Assert.IsGreaterThanOrEqualTo(0, (double)answers[0]["compile_ms"]!);
        Assert.IsFalse(answers[0].ContainsKey("refused"));
        foreach (JsonObject refused in answers[1..7].Append(answers[8]))
        {
            Assert.AreNotEqual("", (string?)refused["refused"] ?? "", refused.ToJsonString());
            Assert.HasCount(1, refused);
        }

        Assert.AreEqual("[false,true]", answers[7]["accepted"]!.ToJsonString());
        Assert.AreEqual("[]", answers[9]["accepted"]!.ToJsonString());
    }

    [TestMethod]
    public async Task Check_Help_ShowsExamples()
    {
        CommandRun run = await CommandRun.Of("schema", "check", "--help");

        Assert.AreEqual(0, run.ExitCode);
        Assert.Contains("alora schema check --batch --open < schemas.jsonl", run.Output);
    }

    private static async Task<CommandRun> CheckAsync(string schema, string instances, params string[] options)
    {
        using TemporaryFolder folder = new();
        string path = folder["schema.json"];
        await File.WriteAllTextAsync(path, schema);
        return await CommandRun.WithInput(instances, ["schema", "check", path, .. options]);
    }
}
