using System.Text.Json;
using System.Text.Json.Nodes;
using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Tests.Commands;

/// <summary><c>alora intrinsic rewrite</c> and <c>parse</c>.</summary>
[TestClass]
public sealed class IntrinsicTextCommandTests
{
    private const string Request = "{\"messages\": [{\"role\": \"user\", \"content\": \"Is it é? Yes.\"}]}";
    private const string Head = "model: ~\nresponse_format: ~\n";

    [TestMethod]
    public async Task Rewrite_Instruction_PrintsOneLineOfAscii()
    {
        using TemporaryFolder folder = new();
        await File.WriteAllTextAsync(
            folder["io.yaml"],
            Head + "transformations: ~\ninstruction: 'Check {what}: {last_message}'\nsentence_boundaries: {last_message: r}\n");
        await File.WriteAllTextAsync(folder["arguments.json"], "\uFEFF{\"what\": \"it\"}");
        CommandRun run = await CommandRun.WithInput(
            Request, "intrinsic", "rewrite", folder["io.yaml"], "--arguments", folder["arguments.json"]);
        Assert.AreEqual((ExitCode.Done, ""), (run.ExitCode, run.Error));
        Assert.HasCount(1, run.OutputLines);
        Assert.IsTrue(run.Output.All(char.IsAscii));
        Assert.AreEqual("Check it: <r0> Is it é? <r1> Yes.", (string?)JsonNode.Parse(run.Output)!["messages"]![1]!["content"]);
    }

    [TestMethod]
    public async Task Parse_DecodedSentence_PrintsTheResponse()
    {
        using TemporaryFolder folder = new();
        await File.WriteAllTextAsync(
            folder["io.yaml"],
            Head
                + "transformations:\n- {type: decode_sentences, input_path: [r], source: last_message, output_names: {begin: b, text: t}}\n"
                + "sentence_boundaries: {last_message: r}\n");
        CommandRun rewritten = await CommandRun.WithInput(Request, "intrinsic", "rewrite", folder["io.yaml"]);
        await File.WriteAllTextAsync(folder["request.json"], rewritten.Output);
        const string Completion =
            "{\"id\": \"x\", \"choices\": [{\"message\": {\"role\": \"assistant\", \"content\": \"{\\\"r\\\": 1}\"}, "
            + "\"logprobs\": {\"content\": []}}]}";
        CommandRun run = await CommandRun.WithInput(
            Completion, "intrinsic", "parse", folder["io.yaml"], "--request", folder["request.json"]);
        Assert.AreEqual((ExitCode.Done, ""), (run.ExitCode, run.Error));
        JsonNode result = JsonNode.Parse(run.Output)!;
        Assert.AreEqual("x", (string?)result["id"]);
        Assert.IsFalse(result["choices"]![0]!.AsObject().ContainsKey("logprobs"));
        Assert.AreEqual("""{"r": 1, "b": 9, "t": "Yes."}""", (string?)result["choices"]![0]!["message"]!["content"]);
    }

    [TestMethod]
    [DataRow("transformations: ~\nbogus: 1\n", Request, "line 4: unknown key 'bogus'")]
    [DataRow("transformations: ~\ninstruction: '{a}'\n", Request, "no argument named 'a'")]
    [DataRow("transformations: ~\n", "", "not JSON")]
    [DataRow("transformations: ~\n", "[1]", "should be a JSON object")]
    [DataRow("transformations: ~\n", "{\"a\": 1, \"a\": 2}", "not JSON")]
    [DataRow("transformations: ~\n", "{}", "'messages'")]
    [DataRow("transformations: ~\n", "{\"messages\": [{\"role\": \"user\", \"content\": null}]}", "messages[0].content")]
    [DataRow("transformations: ~\n", "{\"messages\": [{\"role\": \"user\", \"content\": \"\\ud83d\"}]}", "no valid Unicode")]
    public async Task Rewrite_BadInput_IsExitCode3WithOneLine(string yaml, string input, string reason)
    {
        using TemporaryFolder folder = new();
        await File.WriteAllTextAsync(folder["io.yaml"], Head + yaml);
        CommandRun run = await CommandRun.WithInput(input, "intrinsic", "rewrite", folder["io.yaml"]);
        Assert.AreEqual((ExitCode.BadInput, ""), (run.ExitCode, run.Output));
        Assert.HasCount(1, run.Error.TrimEnd('\n').Split('\n'));
        Assert.Contains(reason, run.Error);
    }

    [TestMethod]
    [DataRow("transformations: ~\n", "not json\n\u0001", "The answer is not JSON")]
    [DataRow("transformations:\n- {type: explode, input_path: [], target_field: c}\n", "{}", "'explode'")]
    [DataRow("transformations:\n- {type: likelihood, input_path: [], categories_to_values: {a: 1}}\n", "\"a\"", "log-probabilities")]
    public async Task Parse_AnswerThatDoesNotFit_IsExitCode3WithOneLine(string yaml, string content, string reason)
    {
        using TemporaryFolder folder = new();
        await File.WriteAllTextAsync(folder["io.yaml"], Head + yaml);
        string completion = "{\"choices\": [{\"message\": {\"content\": " + JsonSerializer.Serialize(content) + "}}]}";
        CommandRun run = await CommandRun.WithInput(completion, "intrinsic", "parse", folder["io.yaml"]);
        Assert.AreEqual((ExitCode.BadInput, ""), (run.ExitCode, run.Output));
        Assert.HasCount(1, run.Error.TrimEnd('\n').Split('\n'));
        Assert.Contains(reason, run.Error);
    }

    [TestMethod]
    public async Task Rewrite_MissingFile_IsExitCode3()
    {
        CommandRun run = await CommandRun.WithInput(Request, "intrinsic", "rewrite", "nowhere/io.yaml");
        Assert.AreEqual(ExitCode.BadInput, run.ExitCode);
    }
}
