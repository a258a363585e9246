using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Tests.Commands;

[TestClass]
public sealed class EvaluateCommandTests
{
    private const string Row =
        "{\"messages\": [{\"role\": \"user\", \"content\": \"What is 2 + 2?\"}], \"answer\": \"The answer is 4.\", \"right\": true}";

    [TestMethod]
    public async Task Evaluate_RowsOfAllForms_ComparesAloraAndLora()
    {
        using TemporaryFolder folder = new();
        await File.WriteAllTextAsync(
            folder["rows.jsonl"],
            $"{Row}\r\n\n{Row.Replace("true", "false")}\n"
            + $"{Row.Replace("\"answer\": \"The answer is 4.\", \"right\": true", "\"gold\": [\"x\"]")}\n");
        CommandRun run = await CommandRun.Of(
            "evaluate", await DemoModel.GetFolderAsync(), folder["rows.jsonl"], "--json", "--diagram", folder["diagram.svg"]);
        Assert.AreEqual(ExitCode.Done, run.ExitCode, run.Error);
        JsonNode result = JsonNode.Parse(run.Output)!;
        foreach (string kind in new[] { "alora", "lora" })
        {
            Assert.AreEqual(3, (int)result[kind]!["rows"]!);
            Assert.AreEqual(1.0 / 3, (double)result[kind]!["base_accuracy"]!, 1e-12);
            Assert.AreEqual(3, result[kind]!["bins"]!.AsArray().Sum(bin => (int)bin!["rows"]!));
        }

        Assert.AreEqual(9, (int)result["alora"]!["computed_tokens"]!);
        Assert.AreEqual(0, (int)result["lora"]!["reused_tokens"]!);
        Assert.IsGreaterThan(0, (double)result["speed_up"]!);
        Assert.AreEqual(
            20,
            XDocument.Load(folder["diagram.svg"])
                .Descendants()
                .Count(element => element.Name.LocalName == "rect" && element.Attribute("fill-opacity") is not null));
    }

    [TestMethod]
    [DataRow("", "no rows")]
    [DataRow("x\n", "line 1")]
    [DataRow("{\"messages\": []}\n", "line 1")]
    [DataRow("{\"messages\": [], \"answer\": \"a\", \"right\": true}\n", "'messages' is empty")]
    [DataRow("{\"messages\": [{\"role\": \"user\"}], \"answer\": \"a\", \"right\": true}\n", "line 1")]
    [DataRow("{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}], \"answer\": \"a\"}\n", "expected answer and right")]
    public async Task Evaluate_MalformedFile_IsExitCode3(string text, string reason)
    {
        using TemporaryFolder folder = new();
        await File.WriteAllTextAsync(folder["rows.jsonl"], text);
        CommandRun run = await CommandRun.Of("evaluate", await DemoModel.GetFolderAsync(), folder["rows.jsonl"]);
        Assert.AreEqual(ExitCode.BadInput, run.ExitCode);
        Assert.Contains(reason, run.Error);
    }

    [TestMethod]
    [DataRow("--intrinsic", "nope", ExitCode.Usage)]
    [DataRow("--lora", "answerability", ExitCode.Usage)]
    public async Task Evaluate_ImpossibleAdapter_IsUsageError(string option, string value, int exitCode)
    {
        using TemporaryFolder folder = new();
        await File.WriteAllTextAsync(folder["rows.jsonl"], JsonSerializer.Serialize(JsonNode.Parse(Row)));
        CommandRun run = await CommandRun.Of("evaluate", await DemoModel.GetFolderAsync(), folder["rows.jsonl"], option, value);
        Assert.AreEqual(exitCode, run.ExitCode, run.Error);
    }
}
