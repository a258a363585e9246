using System.Text.Json;
using ALoRA.Onnx.Cli.CommandLine;
using ALoRA.Onnx.Cli.Commands;

namespace ALoRA.Onnx.Cli.Tests.Commands;

[TestClass]
public sealed class TrainCommandTests
{
    private const string Invocation = "<|start_of_role|>parity<|end_of_role|>";

    [TestMethod]
    public async Task Train_File_MakesAnAdapterThatTheModelHas()
    {
        using TemporaryFolder folder = new();
        string model = await CopyModelAsync(folder);
        string[] command =
        [
            "train", model, Data(folder), "-o", folder["parity"], "--invocation", Invocation, "--rank", "4", "--targets", "q_proj",
            "v_proj",
            "--steps", "4", "--batch", "4", "--threads", "1", "--lr", "1e-3",
        ];
        CommandRun run = await CommandRun.Of([.. command, "--json"]);
        Assert.AreEqual(0, run.ExitCode, run.Error);
        using JsonDocument json = JsonDocument.Parse(run.Output);
        Assert.AreEqual("alora", json.RootElement.GetProperty("options").GetProperty("kind").GetString());
        Assert.AreEqual(4, json.RootElement.GetProperty("steps").GetInt32());
        StringAssert.Contains(run.Error, "Step 4 of 4, epoch 1: loss ", StringComparison.Ordinal);
        Assert.IsTrue(File.Exists(Path.Combine(model, "adapters", "parity", "adapter.onnx_adapter")));
        Assert.IsTrue(File.Exists(folder["parity", "losses.svg"]));

        CommandRun again = await CommandRun.Of(command);
        Assert.AreEqual(1, again.ExitCode);
        StringAssert.Contains(again.Error, "exists", StringComparison.Ordinal);
        CommandRun forced = await CommandRun.Of([.. command, "--force"]);
        Assert.AreEqual(0, forced.ExitCode, forced.Error);
        StringAssert.Contains(forced.Output, "aLoRA 'parity' for demo", StringComparison.Ordinal);
    }

    [TestMethod]
    public async Task Train_CompareLora_TrainsBothAndComparesThem()
    {
        using TemporaryFolder folder = new();
        CommandRun run = await CommandRun.Of(
            "train", await CopyModelAsync(folder), Data(folder), "-o", folder["parity"], "--invocation", Invocation, "--rank", "4",
            "--targets", "q_proj", "--steps", "2", "--batch", "4", "--threads", "1", "--compare-lora");
        Assert.AreEqual(0, run.ExitCode, run.Error);
        StringAssert.Contains(run.Output, "LoRA 'parity-lora' for demo", StringComparison.Ordinal);
        StringAssert.Contains(run.Output, "times as fast.", StringComparison.Ordinal);
        StringAssert.Contains(run.Error, "'parity' is complete. Now the plain LoRA 'parity-lora':\nReading", StringComparison.Ordinal);
        CommandRun lora = await CommandRun.Of("train", "model", "data", "-o", "out", "--kind", "lora", "--compare-lora");
        Assert.AreEqual(2, lora.ExitCode);
    }

    [TestMethod]
    public async Task Train_CompareLoraCancelledInTheSecondTraining_NamesItsCheckpointAndTheCommandThatGoesOn()
    {
        using TemporaryFolder folder = new();
        string model = await CopyModelAsync(folder);
        string data = Data(folder);
        string[] common =
        [
            "--invocation", Invocation, "--rank", "4", "--targets", "q_proj", "--steps", "2", "--batch", "4", "--threads", "1",
        ];
        using CancellationTokenSource source = new();
        using StepWriter error = new("Step 2 of 2", times: 2, source.Cancel);
        using StringWriter output = new();
        using Terminal terminal = new(Stream.Null, output, error);
        int exitCode = await new AloraTool(terminal).InvokeAsync(
            ["train", model, data, "-o", folder["parity"], .. common, "--compare-lora"], source.Token);
        Assert.AreEqual(130, exitCode, error.ToString());
        StringAssert.Contains(error.ToString(), $"The aLoRA is complete: {folder["parity"]}.", StringComparison.Ordinal);
        StringAssert.Contains(error.ToString(), folder["parity-lora.checkpoint"], StringComparison.Ordinal);
        string goesOn = $"--kind lora --name parity-lora -o {folder["parity-lora"]} --resume";
        StringAssert.Contains(error.ToString(), goesOn, StringComparison.Ordinal);

        CommandRun resumed = await CommandRun.Of(["train", model, data, .. common, .. goesOn.Split(' ')]);
        Assert.AreEqual(0, resumed.ExitCode, resumed.Error);
        Assert.IsTrue(File.Exists(Path.Combine(model, "adapters", "parity-lora", "adapter.onnx_adapter")));
    }

    [TestMethod]
    public async Task Train_CompareLoraWhoseFolderIsThere_IsRefusedBeforeTheFirstTraining()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["parity-lora"]);
        CommandRun run = await CommandRun.Of(
            "train", await DemoModel.GetFolderAsync(), Data(folder), "-o", folder["parity"], "--invocation", Invocation, "--compare-lora");
        Assert.AreEqual(1, run.ExitCode);
        StringAssert.Contains(run.Error, "parity-lora, where the plain LoRA of --compare-lora goes", StringComparison.Ordinal);
        Assert.IsFalse(Directory.Exists(folder["parity"]));
    }

    [TestMethod]
    public async Task Train_DryRun_ShowsLengthsAndExamplesAndWritesNothing()
    {
        using TemporaryFolder folder = new();
        string model = await DemoModel.GetFolderAsync();
        CommandRun run = await CommandRun.Of(
            "train", model, Data(folder), "--invocation", Invocation, "--rank", "4", "--steps", "4", "--dry-run", "--threads", "1");
        Assert.AreEqual(0, run.ExitCode, run.Error);
        StringAssert.Contains(run.Output, "18 rows to train on, 2 held out", StringComparison.Ordinal);
        StringAssert.Contains(run.Output, $"{Invocation}⟦odd<|end_of_text|>⟧", StringComparison.Ordinal);
        StringAssert.Contains(run.Output, "4 steps, 3 an epoch", StringComparison.Ordinal);
        StringAssert.Contains(run.Output, "Memory: about ", StringComparison.Ordinal);
        CollectionAssert.AreEqual(new[] { "data.jsonl" }, Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName).ToArray());
    }

    [TestMethod]
    public async Task Train_FaultyRows_AreAllNamed()
    {
        using TemporaryFolder folder = new();
        string data = Data(folder);
        File.AppendAllLines(data, ["{", """{"messages": [{"role": "user", "content": "a"}], "completion": ""}"""]);
        CommandRun run = await CommandRun.Of(
            "train", await DemoModel.GetFolderAsync(), data, "-o", folder["out"], "--invocation", Invocation);
        Assert.AreEqual(3, run.ExitCode);
        StringAssert.Contains(run.Error, "data.jsonl(21): expected a JSON object", StringComparison.Ordinal);
        StringAssert.Contains(run.Error, "data.jsonl(22): the completion is empty", StringComparison.Ordinal);
    }

    [TestMethod]
    [DataRow("--rank", "0")]
    [DataRow("--placement", "left")]
    [DataRow("--dropout", "1")]
    [DataRow("--validation", "1.5")]
    [DataRow("--lr", "0")]
    public async Task Train_OptionOutOfRange_IsAUsageError(string option, string value)
    {
        CommandRun run = await CommandRun.Of("train", "model", "data", "-o", "out", option, value);
        Assert.AreEqual(2, run.ExitCode, run.Error);
    }

    [TestMethod]
    public async Task Train_ContradictingOptions_AreAUsageError()
    {
        CommandRun run = await CommandRun.Of("train", "model", "data", "-o", "out", "--epochs", "2", "--steps", "5");
        Assert.AreEqual(2, run.ExitCode);
        StringAssert.Contains(run.Error, "exclude each other", StringComparison.Ordinal);
        run = await CommandRun.Of("train", "model", "data");
        Assert.AreEqual(2, run.ExitCode);
        StringAssert.Contains(run.Error, "--output", StringComparison.Ordinal);
    }

    private static string Data(TemporaryFolder folder)
    {
        File.WriteAllLines(folder["data.jsonl"], Enumerable.Range(0, 20).Select(i =>
            $$"""{"messages": [{"role": "user", "content": "Number {{i}}"}], "completion": "{{(i % 2 == 0 ? "even" : "odd")}}"}"""));
        return folder["data.jsonl"];
    }

    private static async Task<string> CopyModelAsync(TemporaryFolder folder)
    {
        string target = folder["model"];
        Directory.CreateDirectory(target);
        foreach (string file in Directory.EnumerateFiles(await DemoModel.GetFolderAsync()))
        {
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        }

        return target;
    }

    /// <summary>Tells when something was written so often.</summary>
    private sealed class StepWriter(string text, int times, Action tell) : StringWriter
    {
        private int _times;

        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (value?.StartsWith(text, StringComparison.Ordinal) == true && ++_times == times)
            {
                tell();
            }
        }
    }
}
