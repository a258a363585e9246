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
            "evaluate", await DemoModel.GetFolderAsync(), folder["rows.jsonl"], "--json", "--diagram", folder["diagram.svg"],
            "--threads", "1");
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
        Assert.AreEqual(2, result["alora"]!["ece_interval"]!.AsArray().Count);
        XElement[] shapes = [.. XDocument.Load(folder["diagram.svg"]).Descendants()];
        // Ten of each of two adapters, and one that says what they are.
        Assert.AreEqual(21, shapes.Count(element => element.Name.LocalName == "rect" && element.Attribute("fill-opacity") is not null));
        string[] texts = [.. shapes.Where(element => element.Name.LocalName == "text").Select(element => element.Value)];
        string[] all =
        [
            "certainty that the adapter gives", "share of right answers", "where that share lies with 95 % confidence",
            "at the mean certainty of the bar", "calibrated: as often right as it is certain",
        ];
        foreach (string expected in all)
        {
            Assert.Contains(expected, texts);
        }
    }

    [TestMethod]
    [DataRow("", "no rows")]
    [DataRow("x\n", "line 1 is not JSON")]
    [DataRow(
        "{\"messages\": 3, \"answer\": \"a\", \"right\": true}\n",
        "messages must be a list of {\"role\": …, \"content\": …}, got the number 3.")]
    [DataRow("{\"messages\": [], \"answer\": 7, \"right\": true}\n", "answer must be a text, got the number 7.")]
    [DataRow("{\"messages\": [], \"answer\": \"a\", \"right\": 1}\n", "right must be true or false, got the number 1.")]
    [DataRow("{\"messages\": [], \"gold\": true}\n", "gold must be a text, a number or a list of them, got a truth value.")]
    [DataRow("[1]\n", "the line must be an object, got a list.")]
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
        Assert.DoesNotContain("BytePositionInLine", run.Error);
    }

    [TestMethod]
    public async Task Evaluate_NumbersAsGold_AreTaken()
    {
        using TemporaryFolder folder = new();
        await File.WriteAllTextAsync(
            folder["rows.jsonl"],
            "{\"messages\": [{\"role\": \"user\", \"content\": \"What is 12 + 7?\"}], \"gold\": 19}\n"
            + "{\"messages\": [{\"role\": \"user\", \"content\": \"What is 3 + 4?\"}], \"gold\": [8, \"eight, of \\\"course\\\"\"]}\n");
        CommandRun run = await CommandRun.Of(
            "evaluate", await DemoModel.GetFolderAsync(), folder["rows.jsonl"], "--match", "CONTAINS", "--json", "--rows",
            folder["rows.csv"]);
        Assert.AreEqual(ExitCode.Done, run.ExitCode, run.Error);
        Assert.AreEqual(0.5, (double)JsonNode.Parse(run.Output)!["alora"]!["base_accuracy"]!, 1e-12);
        string[] lines = (await File.ReadAllTextAsync(folder["rows.csv"])).Split("\r\n");
        Assert.AreEqual("line,answer,right,certainty,certainty ms,certainty-lora,certainty-lora ms", lines[0]);
        Assert.StartsWith("1,12 + 7 = 19.,true,0.9", lines[1]);
        Assert.StartsWith("2,3 + 4 = 7.,false,", lines[2]);
    }

    [TestMethod]
    public async Task Evaluate_RowsAsJsonLines_HaveEachAdapter()
    {
        using TemporaryFolder folder = new();
        await File.WriteAllTextAsync(folder["rows.jsonl"], Row);
        CommandRun run = await CommandRun.Of(
            "evaluate", await DemoModel.GetFolderAsync(), folder["rows.jsonl"], "--rows", folder["out.jsonl"]);
        JsonNode row = JsonNode.Parse(await File.ReadAllTextAsync(folder["out.jsonl"]))!;

        Assert.AreEqual("The answer is 4.", (string?)row["answer"], run.Error);
        Assert.IsTrue((bool)row["right"]!);
        Assert.IsNotNull(row["adapters"]!["certainty-lora"]!["certainty"]);
        Assert.Contains("warning: 1 rows say little", run.Error);
        Assert.Contains("95 % intervals", run.Output);
    }

    [TestMethod]
    public async Task Evaluate_IntrinsicWithoutNumber_IsRefused()
    {
        using TemporaryFolder folder = new();
        await File.WriteAllTextAsync(folder["rows.jsonl"], Row);
        CommandRun run = await CommandRun.Of(
            "evaluate", await DemoModel.GetFolderAsync(), folder["rows.jsonl"], "--intrinsic", "answerability");

        Assert.AreEqual(ExitCode.Usage, run.ExitCode);
        Assert.Contains("'answerability' gives no number: it answers the first row with", run.Error);
    }

    [TestMethod]
    [DataRow("--diagram", "x.png", "--diagram writes .svg, got 'x.png'. Give a name such as x.svg.")]
    [DataRow("--rows", "x.xlsx", "--rows writes .csv or .jsonl, got 'x.xlsx'. Give a name such as x.csv.")]
    public async Task Evaluate_FileOfAnotherKind_IsRefusedBeforeAnythingIsRead(string option, string path, string reason)
    {
        CommandRun run = await CommandRun.Of("evaluate", "no-model", "no-file", option, path);

        Assert.AreEqual(ExitCode.Usage, run.ExitCode);
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
