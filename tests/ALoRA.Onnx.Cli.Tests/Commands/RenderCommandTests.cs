using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Cli.Tests.Commands;

[TestClass]
public sealed class RenderCommandTests
{
    private const string Hello = "{\"messages\": [{\"role\": \"user\", \"content\": \"Hi!\"}], \"add_generation_prompt\": true}";

    [TestMethod]
    public async Task Render_Folder_UsesItsTemplate()
    {
        CommandRun run = await CommandRun.WithInput(Hello, "render", DemoModel.Checkpoint);

        Assert.AreEqual(0, run.ExitCode, run.Error);
        Assert.AreEqual(
            "<|start_of_role|>user<|end_of_role|>Hi!<|end_of_text|>\n<|start_of_role|>assistant<|end_of_role|>",
            (string?)JsonNode.Parse(run.Output)!["text"]);
    }

    [TestMethod]
    public async Task Render_FolderWithSeveralTemplates_TakesTheOneForToolsOrTheNamedOne()
    {
        using TemporaryFolder folder = new();
        await File.WriteAllTextAsync(folder["chat_template.jinja"], "D{{ bos_token }}{{ tools is defined }}");
        await File.WriteAllTextAsync(folder["special_tokens_map.json"], "{\"bos_token\": \"<s>\"}");
        Directory.CreateDirectory(folder["additional_chat_templates"]);
        await File.WriteAllTextAsync(folder["additional_chat_templates/tool_use.jinja"], "T{{ tools | length }}{{ bos_token }}");
        await File.WriteAllTextAsync(folder["additional_chat_templates/rag.jinja"], "R");
        const string Lines = "{\"tools\": [{}]}\n{}\n{\"bos_token\": \"!\"}\n";

        CommandRun run = await CommandRun.WithInput(Lines, "render", folder.Path);
        CommandRun named = await CommandRun.WithInput("{\"tools\": [{}]}", "render", folder.Path, "--name", "rag");

        Assert.AreEqual(
            "{\"text\":\"T1<s>\"}\n{\"text\":\"D<s>True\"}\n{\"text\":\"D!True\"}\n",
            run.Output.Replace("\\u003C", "<").Replace("\\u003E", ">"));
        Assert.AreEqual("{\"text\":\"R\"}\n", named.Output);
    }

    [TestMethod]
    public async Task Render_TemplateInTheLine_IsNoVariable()
    {
        CommandRun run = await CommandRun.WithInput("{\"template\": \"{{ x }} {{ template is defined }}\", \"x\": 1.0}", "render");

        Assert.AreEqual("{\"text\":\"1.0 False\"}\n", run.Output);
    }

    [TestMethod]
    public async Task Render_TemplateNamed_LeavesTheVariableAlone()
    {
        using TemporaryFolder folder = new();
        await File.WriteAllTextAsync(folder["t.jinja"], "{{ template }}");

        CommandRun run = await CommandRun.WithInput("{\"template\": \"a value\"}", "render", folder["t.jinja"]);

        Assert.AreEqual("{\"text\":\"a value\"}\n", run.Output);
    }

    [TestMethod]
    public async Task Render_Now_FixesTheClock()
    {
        CommandRun run = await CommandRun.WithInput(
            "{\"template\": \"{{ strftime_now('%d %b %Y %H:%M:%S') }}\"}", "render", "--now", "2026-01-15T12:34:56");

        Assert.AreEqual("{\"text\":\"15 Jan 2026 12:34:56\"}\n", run.Output);
    }

    [TestMethod]
    public async Task Render_RaisedError_IsTheTemplatesOwnText()
    {
        CommandRun run = await CommandRun.WithInput(
            "{\"template\": \"{{ raise_exception('Roles must alternate!') }}\"}\n{\"template\": \"ok\"}\n", "render");

        Assert.AreEqual("{\"error\":\"Roles must alternate!\"}\n{\"text\":\"ok\"}\n", run.Output);
    }

    [TestMethod]
    public async Task Render_MalformedTemplateFile_AnswersEachLineWithTheReason()
    {
        using TemporaryFolder folder = new();
        await File.WriteAllTextAsync(folder["t.jinja"], "{% if %}");

        CommandRun run = await CommandRun.WithInput("{}\n{}\n", "render", folder["t.jinja"]);

        Assert.AreEqual(0, run.ExitCode);
        Assert.HasCount(2, run.OutputLines);
        Assert.IsTrue(run.OutputLines.All(line => JsonNode.Parse(line)!["error"] is not null));
    }

    [TestMethod]
    [DataRow("{}")]
    [DataRow("{\"template\": 5}")]
    [DataRow("{\"template\": \"{% for %}\"}")]
    [DataRow("nonsense")]
    public async Task Render_BadLine_AnswersWithAnError(string line)
    {
        CommandRun run = await CommandRun.WithInput(line, "render");

        Assert.HasCount(1, run.OutputLines);
        Assert.IsNotNull(JsonNode.Parse(run.OutputLines[0])!["error"]);
    }

    [TestMethod]
    public async Task Render_MissingFile_IsBadInput()
    {
        CommandRun run = await CommandRun.WithInput(Hello, "render", Path.Combine(Path.GetTempPath(), "no-such-template.jinja"));

        Assert.AreEqual(3, run.ExitCode, run.Error);
    }

    [TestMethod]
    public async Task Render_BadTime_IsUsageError()
    {
        CommandRun run = await CommandRun.Of("render", "--now", "noon");

        Assert.AreEqual(2, run.ExitCode);
        Assert.Contains("noon", run.Error);
    }

    [TestMethod]
    public async Task Render_GoldenCases_GiveTheReference()
    {
        string folder = GoldenData.Path("text", "templates");
        JsonObject inputs = JsonNode.Parse(await File.ReadAllBytesAsync(Path.Combine(folder, "inputs.json")))!.AsObject();
        JsonArray cases = JsonNode.Parse(await File.ReadAllBytesAsync(Path.Combine(folder, "cases.json")))!.AsArray();
        Assert.IsNotEmpty(cases);
        foreach (IGrouping<string, JsonNode> group in cases.Select(item => item!).GroupBy(item => (string)item["template"]!))
        {
            string lines = string.Concat(group.Select(item => Variables(inputs, item).ToJsonString() + "\n"));

            CommandRun run = await CommandRun.WithInput(
                lines, "render", Path.Combine(folder, $"{group.Key}.jinja"), "--now", "2026-01-15T12:34:56");

            Assert.AreEqual(0, run.ExitCode, run.Error);
            Assert.HasCount(group.Count(), run.OutputLines);
            foreach ((JsonNode item, string line) in group.Zip(run.OutputLines))
            {
                AssertEqual(item, JsonNode.Parse(line)!, $"{group.Key}, {item["input"]}");
            }
        }
    }

    private static void AssertEqual(JsonNode expected, JsonNode answer, string name)
    {
        if (expected["output"] is { } output)
        {
            Assert.AreEqual((string?)output, (string?)answer["text"], name);
            return;
        }

        Assert.IsNotNull(answer["error"], name);
        if ((string?)expected["error"]!["type"] == "TemplateError")
        {
            Assert.AreEqual((string?)expected["error"]!["message"], (string?)answer["error"], name);
        }
    }

    private static JsonObject Variables(JsonObject inputs, JsonNode item)
    {
        JsonObject input = inputs[(string)item["input"]!]!.AsObject();
        JsonObject variables = [];
        foreach (string name in new[] { "messages", "tools", "documents", "add_generation_prompt" })
        {
            variables[name] = input[name]?.DeepClone();
        }

        foreach ((string name, JsonNode? value) in input["kwargs"]?.AsObject() ?? [])
        {
            variables[name] = value?.DeepClone();
        }

        foreach (string name in new[] { "bos_token", "eos_token" })
        {
            if (item[name] is { } token)
            {
                variables[name] = token.DeepClone();
            }
        }

        return variables;
    }
}
