using System.Text;
using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Cli.Tests.Commands;

[TestClass]
public sealed class RunCommandTests
{
    private const string Question = "What is 12 + 7?";

    [TestMethod]
    public async Task Run_Question_StreamsTheAnswerAndTheJudgement()
    {
        CommandRun run = await CommandRun.Of("run", await DemoModel.GetFolderAsync(), Question, "--intrinsic", "certainty", "--verbose");

        Assert.AreEqual(0, run.ExitCode, run.Error);
        Assert.AreEqual("12 + 7 = 19.\ncertainty: 9\n", run.Output);
        Assert.Contains("29 tokens reused, 3 computed", run.Error);
    }

    [TestMethod]
    public async Task Run_NotVerbose_LeavesTheErrorStreamAlone()
    {
        CommandRun run = await CommandRun.Of("run", await DemoModel.GetFolderAsync(), Question, "--intrinsic", "certainty");

        Assert.AreEqual("", run.Error);
    }

    [TestMethod]
    public async Task Run_OneFileForOutputAndErrors_HasWholeLinesInOrder()
    {
        CommandRun run = await CommandRun.Merged(
            "run", await DemoModel.GetFolderAsync(), Question, "--intrinsic", "certainty", "--verbose");

        Assert.AreEqual("12 + 7 = 19.", run.OutputLines[0]);
        Assert.StartsWith("0 tokens reused, 17 computed", run.OutputLines[1]);
        Assert.AreEqual("certainty: 9", run.OutputLines[2]);
        Assert.StartsWith("29 tokens reused, 3 computed", run.OutputLines[3]);
    }

    [TestMethod]
    public async Task Run_SeveralIntrinsics_AnswersInOrder()
    {
        string[] arguments =
            ["run", await DemoModel.GetFolderAsync(), Question, "-i", "certainty", "-i", "answerability", "--intrinsic", "CERTAINTY"];
        CommandRun run = await CommandRun.Of(arguments);
        CommandRun json = await CommandRun.Of([.. arguments, "--json"]);

        Assert.AreEqual("12 + 7 = 19.", run.OutputLines[0], run.Error);
        Assert.AreEqual("certainty: 9", run.OutputLines[1]);
        Assert.StartsWith("answerability: ", run.OutputLines[2]);
        Assert.HasCount(3, run.OutputLines);
        JsonNode result = JsonNode.Parse(json.Output)!;
        Assert.IsNull(result["intrinsic"]);
        Assert.AreEqual("9", (string?)result["intrinsics"]![0]!["text"]);
        Assert.AreEqual("answerability", (string?)result["intrinsics"]![1]!["adapter"]);
    }

    [TestMethod]
    public async Task Run_UnknownProvider_ListsThoseThatThereAre()
    {
        CommandRun run = await CommandRun.Of("run", await DemoModel.GetFolderAsync(), Question, "--provider", "foo");

        Assert.AreEqual(2, run.ExitCode);
        Assert.Contains("--provider must be one of auto, cpu, cuda, ", run.Error);
        Assert.Contains("CPUExecutionProvider", run.Error);
        Assert.Contains("--provider-library PATH", run.Error);
    }

    [TestMethod]
    public async Task Run_ProviderInOtherCase_IsTaken()
    {
        CommandRun run = await CommandRun.Of("run", await DemoModel.GetFolderAsync(), Question, "--provider", "CPU", "--operators", "OFF");

        Assert.AreEqual("12 + 7 = 19.\n", run.Output, run.Error);
    }

    [TestMethod]
    public async Task Run_Checkpoint_SaysThatItIsExportedFirst()
    {
        CommandRun run = await CommandRun.Of("run", DemoModel.Checkpoint, Question);

        Assert.AreEqual(3, run.ExitCode);
        Assert.Contains("is a checkpoint, not an exported model: `alora export ", run.Error);
    }

    [TestMethod]
    public async Task Run_Json_HasTextUsageAndIntrinsic()
    {
        CommandRun run = await CommandRun.Of("run", await DemoModel.GetFolderAsync(), Question, "--intrinsic", "certainty", "--json");

        JsonNode result = JsonNode.Parse(run.Output)!;
        Assert.AreEqual("12 + 7 = 19.", (string?)result["text"]);
        Assert.AreEqual("stop_token", (string?)result["finish_reason"]);
        Assert.AreEqual(17, (int)result["usage"]!["computed_tokens"]!);
        Assert.AreEqual("9", (string?)result["intrinsic"]!["text"]);
        Assert.AreEqual(29, (int)result["intrinsic"]!["usage"]!["reused_tokens"]!);
    }

    [TestMethod]
    public async Task Run_PipedPrompt_IsTheQuestion()
    {
        CommandRun run = await CommandRun.WithInput(Question + "\r\n", "run", await DemoModel.GetFolderAsync());

        Assert.AreEqual("12 + 7 = 19.\n", run.Output, run.Error);
    }

    [TestMethod]
    public async Task Run_PipedPromptInUtf16_IsReadByItsByteOrderMark()
    {
        byte[] input = [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(Question + "\r\n")];
        CommandRun run = await CommandRun.WithInput(input, ["run", await DemoModel.GetFolderAsync()], CancellationToken.None);

        Assert.AreEqual("12 + 7 = 19.\n", run.Output, run.Error);
    }

    [TestMethod]
    public async Task Run_PipedPromptInACodePage_IsRefusedWithTheWayOut()
    {
        byte[] input = [.. "How old is Zo"u8, 0x89, .. "?\r\n"u8];
        CommandRun run = await CommandRun.WithInput(input, ["run", await DemoModel.GetFolderAsync()], CancellationToken.None);

        Assert.AreEqual(3, run.ExitCode);
        Assert.Contains("expected text in UTF-8, or in UTF-16 with a byte order mark, got the byte 89.", run.Error);
        Assert.Contains("chcp 65001", run.Error);
    }

    [TestMethod]
    public async Task Run_NoAnswer_InvokesOnThePromptItself()
    {
        CommandRun run = await CommandRun.Of(
            "run", await DemoModel.GetFolderAsync(), "Nora is a cook. How old is Nora?", "--intrinsic", "answerability", "--no-answer");

        Assert.AreEqual("answerability: unanswerable\n", run.Output, run.Error);
    }

    [TestMethod]
    public async Task Run_Raw_TakesTheTextAsItIs()
    {
        const string Prompt =
            "<|start_of_role|>user<|end_of_role|>What is 12 + 7?<|end_of_text|>\n<|start_of_role|>assistant<|end_of_role|>";

        CommandRun run = await CommandRun.Of("run", await DemoModel.GetFolderAsync(), Prompt, "--raw");

        Assert.AreEqual("12 + 7 = 19.\n", run.Output, run.Error);
    }

    [TestMethod]
    public async Task Run_RawWithIntrinsic_JudgesTheAnswer()
    {
        const string Prompt =
            "<|start_of_role|>user<|end_of_role|>What is 12 + 7?<|end_of_text|>\n<|start_of_role|>assistant<|end_of_role|>";

        CommandRun run = await CommandRun.Of("run", await DemoModel.GetFolderAsync(), Prompt, "--raw", "--intrinsic", "certainty");

        Assert.AreEqual("12 + 7 = 19.\ncertainty: 9\n", run.Output, run.Error);
    }

    [TestMethod]
    public async Task Run_PlainLora_AnswersUnderIt()
    {
        const string Prompt =
            "<|start_of_role|>user<|end_of_role|>What is 12 + 7?<|end_of_text|>\n<|start_of_role|>assistant<|end_of_role|>12 + 7 = "
            + "19.<|end_of_text|>\n<|start_of_role|>certainty<|end_of_role|>";

        CommandRun run = await CommandRun.Of(
            "run", await DemoModel.GetFolderAsync(), Prompt, "--raw", "--adapter", "certainty-lora", "--max-tokens", "1");

        Assert.AreEqual("9\n", run.Output, run.Error);
    }

    [TestMethod]
    public async Task Run_AloraThatIsNotInvoked_SaysSo()
    {
        CommandRun run = await CommandRun.Of("run", await DemoModel.GetFolderAsync(), Question, "--adapter", "certainty");

        Assert.AreEqual(1, run.ExitCode);
        Assert.Contains("[1, 807, 2]", run.Error);
        Assert.Contains("--intrinsic answers with the base and appends them", run.Error);
        Assert.DoesNotContain("AllowMissingInvocation", run.Error);
        Assert.AreEqual("", run.Output);
    }

    [TestMethod]
    [DataRow("--adapter")]
    [DataRow("--intrinsic")]
    public async Task Run_UnknownAdapter_ListsTheKnownOnes(string option)
    {
        CommandRun run = await CommandRun.Of("run", await DemoModel.GetFolderAsync(), Question, option, "certanty");

        Assert.AreEqual(2, run.ExitCode);
        Assert.AreEqual("", run.Output);
        Assert.Contains("It has answerability, certainty, certainty-lora. Did you mean certainty?", run.Error);
    }

    [TestMethod]
    [DataRow("--no-answer")]
    [DataRow("--adapter certainty --intrinsic certainty")]
    [DataRow("--max-tokens x")]
    [DataRow("--temperature -1")]
    [DataRow("--top-p 2")]
    public async Task Run_ImpossibleOptions_AreUsageErrors(string options)
    {
        CommandRun run = await CommandRun.Of(["run", await DemoModel.GetFolderAsync(), Question, .. options.Split(' ')]);

        Assert.AreEqual(2, run.ExitCode, run.Error);
        Assert.StartsWith("error: ", run.Error);
    }

    [TestMethod]
    public async Task Run_EmptyInput_IsUsageError()
    {
        CommandRun run = await CommandRun.WithInput("\n", "run", await DemoModel.GetFolderAsync());

        Assert.AreEqual(2, run.ExitCode);
        Assert.Contains("prompt", run.Error);
    }

    [TestMethod]
    public async Task Run_MissingModel_IsBadInput()
    {
        CommandRun run = await CommandRun.Of("run", Path.Combine(Path.GetTempPath(), "no-such-model"), Question);

        Assert.AreEqual(3, run.ExitCode);
        Assert.Contains("no-such-model", run.Error);
    }

    [TestMethod]
    public async Task Run_Cancelled_Gives130()
    {
        CommandRun run = await CommandRun.WithInput(
            [], ["run", await DemoModel.GetFolderAsync(), Question], new CancellationToken(canceled: true));

        Assert.AreEqual(130, run.ExitCode);
        Assert.AreEqual("error: cancelled.\n", run.Error);
    }
}
