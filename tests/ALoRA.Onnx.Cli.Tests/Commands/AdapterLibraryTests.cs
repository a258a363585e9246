using System.Text.Json.Nodes;
using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Tests.Commands;

/// <summary>Whole libraries and plain folders become intrinsics of a model.</summary>
[TestClass]
public sealed class AdapterLibraryTests
{
    private const string Rewrite =
        "model: ~\nresponse_format: ~\ntransformations:\n- {type: project, input_path: [], retained_fields: {rewritten_question: "
        + "question}}\nparameters: {max_completion_tokens: 64}\n";
    private const string Conversation =
        "{\"messages\": [{\"role\": \"user\", \"content\": \"What is 7 + 5?\"}, {\"role\": \"assistant\", \"content\": \"The answer is "
        + "12.\"}, {\"role\": \"user\", \"content\": \"And plus 3?\"}]}";

    [TestMethod]
    public async Task Convert_LibraryOfBothLayouts_ConvertsAllOfOneBaseAndKind()
    {
        using TemporaryFolder folder = new();
        Assert.AreEqual(0, (await CommandRun.Of("export", DemoModel.Checkpoint, "-o", folder["model"])).ExitCode);
        Copy("query_rewrite", folder["library", "query_rewrite", "demo", "alora"], Rewrite);
        Copy("query_rewrite-lora", folder["library", "query_rewrite", "demo", "lora"], Rewrite);
        Copy("answerability", folder["library", "answerability", "alora", "demo"], definition: null);
        Copy("certainty", folder["library", "certainty", "other", "alora"], definition: null);

        CommandRun unnamed = await CommandRun.Of("adapter", "convert", folder["library"], "--model", folder["model"]);
        CommandRun run = await CommandRun.Of(
            "adapter", "convert", folder["library"], "--model", folder["model"], "--base", "demo", "--kind", "alora");
        CommandRun loras = await CommandRun.Of(
            "adapter", "convert", folder["library"], "--model", folder["model"], "--base", "demo", "--kind", "lora", "--suffix=-lora");
        CommandRun unknown = await CommandRun.Of("adapter", "convert", folder["library"], "--model", folder["model"], "--base", "none");

        Assert.AreEqual(ExitCode.Usage, unnamed.ExitCode);
        Assert.Contains("demo, other", unnamed.Error);
        Assert.AreEqual((ExitCode.Done, ExitCode.Done), (run.ExitCode, loras.ExitCode), run.Error + loras.Error);
        Assert.AreEqual(ExitCode.BadInput, unknown.ExitCode);
        CollectionAssert.AreEquivalent(
            new[] { "answerability", "query_rewrite", "query_rewrite-lora" },
            Directory.GetDirectories(folder["model", "adapters"]).Select(path => Path.GetFileName(path)).ToArray());
        Assert.AreEqual(Rewrite, await File.ReadAllTextAsync(folder["model", "adapters", "query_rewrite", "io.yaml"]));

        JsonArray list = JsonNode.Parse((await CommandRun.Of("intrinsic", "list", folder["model"], "--json")).Output)!.AsArray();
        Assert.AreEqual("io.yaml", (string?)list[1]!["definition"]);
        Assert.AreEqual("<|start_of_role|>query_rewrite<|end_of_role|>", (string?)list[1]!["invocation"]);
        Assert.AreEqual("appended", (string?)list[1]!["placement"]);

        CommandRun asked = await CommandRun.WithInput(Conversation, "intrinsic", "run", folder["model"], "query_rewrite");
        Assert.AreEqual(ExitCode.Done, asked.ExitCode, asked.Error);
        Assert.IsGreaterThan(5, ((string)JsonNode.Parse(asked.Output)!["question"]!).Length);
    }

    [TestMethod]
    public async Task Convert_BrokenDefinitionInALibrary_WritesNothing()
    {
        using TemporaryFolder folder = new();
        Assert.AreEqual(0, (await CommandRun.Of("export", DemoModel.Checkpoint, "-o", folder["model"])).ExitCode);
        Copy("answerability", folder["library", "answerability", "demo", "alora"], definition: null);
        Copy("query_rewrite", folder["library", "query_rewrite", "demo", "alora"], Rewrite + "bogus: 1\n");
        CommandRun run = await CommandRun.Of("adapter", "convert", folder["library"], "--model", folder["model"]);
        Assert.AreEqual(ExitCode.BadInput, run.ExitCode);
        Assert.Contains("unknown key 'bogus'", run.Error);
        Assert.IsFalse(Directory.Exists(folder["model", "adapters"]));
    }

    [TestMethod]
    public async Task Convert_PlainFolderWithChoices_AnswersWithOneOfThem()
    {
        using TemporaryFolder folder = new();
        Assert.AreEqual(0, (await CommandRun.Of("export", DemoModel.Checkpoint, "-o", folder["model"])).ExitCode);
        string source = Path.Combine(DemoModel.Checkpoint, "adapters", "answerability");
        string[] convert =
        [
            "adapter", "convert", source, "--model", folder["model"], "--choice", "answerable", "--choice", "unanswerable",
            "--max-new-tokens", "8",
        ];
        CommandRun wrong = await CommandRun.Of([.. convert, "--invocation", "<|start_of_role|>other<|end_of_role|>"]);
        CommandRun run = await CommandRun.Of([.. convert, "--invocation", "<|start_of_role|>answerability<|end_of_role|>"]);
        Assert.AreEqual(ExitCode.BadInput, wrong.ExitCode);
        Assert.Contains("trained on", wrong.Error);
        Assert.AreEqual(ExitCode.Done, run.ExitCode, run.Error);
        CommandRun asked = await CommandRun.WithInput(Conversation, "intrinsic", "run", folder["model"], "answerability", "--json");
        Assert.AreEqual(ExitCode.Done, asked.ExitCode, asked.Error);
        Assert.Contains(
            (string)JsonNode.Parse(asked.Output)!["choices"]![0]!["message"]!["content"]!, new[] { "answerable", "unanswerable" });
    }

    private static void Copy(string adapter, string target, string? definition)
    {
        Directory.CreateDirectory(target);
        foreach (string file in Directory.EnumerateFiles(Path.Combine(DemoModel.Checkpoint, "adapters", adapter)))
        {
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        }

        if (definition is not null)
        {
            File.WriteAllText(Path.Combine(target, "io.yaml"), definition);
        }
    }
}
