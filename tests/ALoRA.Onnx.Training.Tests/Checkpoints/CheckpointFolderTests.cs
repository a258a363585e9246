using ALoRA.Onnx.Training.Checkpoints;
using ALoRA.Onnx.Training.Graphs;
using ALoRA.Onnx.Training.Optimization;

namespace ALoRA.Onnx.Training.Tests.Checkpoints;

[TestClass]
public sealed class CheckpointFolderTests
{
    [TestMethod]
    public void Write_TwiceAndRead_GivesTheLastState()
    {
        using TemporaryFolder temporary = new();
        CheckpointFolder folder = CheckpointFolder.Of(temporary["adapter"]);
        Assert.IsFalse(folder.Exists);
        (TrainedTensor tensor, AdamW optimizer, float[][] best) = Numbers(1);
        folder.Write(new TrainingState { Step = 1, Data = "x", Steps = { new StepFigures(1, 2, 0, 1) } }, [tensor], optimizer, best);
        (tensor, optimizer, best) = Numbers(2);
        TrainingState state = new()
        {
            Step = 2,
            Runs = ulong.MaxValue,
            BestLoss = 0.1,
            Steps = { new StepFigures(1, 1.0 / 3, 2e-4, 0.7), new StepFigures(2, 0.2, 2e-4, 0.7) },
        };
        state.Options["rank"] = "4";
        folder.Write(state, [tensor], optimizer, best);

        TrainingState read = folder.ReadState();
        Assert.AreEqual(
            (2, ulong.MaxValue, 0.1, 1.0 / 3, "4"), (read.Step, read.Runs, read.BestLoss, read.Steps[0].Loss, read.Options["rank"]));
        (TrainedTensor other, AdamW otherOptimizer, float[][] otherBest) = Numbers(0);
        folder.ReadTensors([other], otherOptimizer, otherBest);
        CollectionAssert.AreEqual(tensor.Values, other.Values);
        CollectionAssert.AreEqual(optimizer.FirstMoments[0], otherOptimizer.FirstMoments[0]);
        CollectionAssert.AreEqual(optimizer.SecondMoments[0], otherOptimizer.SecondMoments[0]);
        CollectionAssert.AreEqual(best[0], otherBest[0]);
        folder.Delete();
        Assert.IsFalse(Directory.Exists(folder.Path));
    }

    [TestMethod]
    [DataRow("{", "expected the state of a training")]
    [DataRow("""{"version": 2}""", "expected version 1, got 2")]
    [DataRow("""{"version": 1, "stap": 3}""", "expected the state of a training")]
    [DataRow("null", "expected version 1")]
    [DataRow("""{"version": 1, "options": null}""", "'options': expected an object")]
    [DataRow("""{"version": 1, "data": null}""", "'data': expected a text")]
    [DataRow("""{"version": 1, "steps": null}""", "'steps': expected a list")]
    [DataRow("""{"version": 1, "step": 1, "steps": [null]}""", "'steps': expected a list")]
    [DataRow("""{"version": 1, "evaluations": [null]}""", "'evaluations': expected a list")]
    [DataRow("""{"version": 1, "step": -5}""", "'step': expected 0")]
    [DataRow("""{"version": 1, "step": 30}""", "'step': expected 0")]
    [DataRow("""{"version": 1, "evaluated_step": 3}""", "'evaluated_step': expected 0 to 0")]
    [DataRow("""{"version": 1, "best_step": -1}""", "'best_step': expected 0 to 0")]
    public void ReadState_OtherFile_IsRefused(string json, string expected)
    {
        using TemporaryFolder temporary = new();
        CheckpointFolder folder = CheckpointFolder.Of(temporary["adapter"]);
        Directory.CreateDirectory(folder.Path);
        File.WriteAllText(Path.Combine(folder.Path, "state.json"), json);
        StringAssert.Contains(
            Assert.Throws<FormatException>(() => folder.ReadState()).Message, expected, StringComparison.Ordinal);
    }

    private static (TrainedTensor Tensor, AdamW Optimizer, float[][] Best) Numbers(float value)
    {
        TrainedTensor tensor = new("a.lora_A.weight", [2, 3], "a");
        tensor.Values.AsSpan().Fill(value);
        AdamW optimizer = new(new AdamWSettings(), [6]);
        optimizer.FirstMoments[0].AsSpan().Fill(value + 0.25f);
        optimizer.SecondMoments[0].AsSpan().Fill(value + 0.5f);
        return (tensor, optimizer, [[.. Enumerable.Repeat(value + 0.75f, 6)]]);
    }
}
