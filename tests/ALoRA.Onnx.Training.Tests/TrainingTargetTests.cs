namespace ALoRA.Onnx.Training.Tests;

/// <summary>Places where nothing can be made, or where somebody makes something already: known before the first step.</summary>
[TestClass]
public sealed class TrainingTargetTests
{
    private static readonly TrainingOptions Options = new() { Name = "own", Steps = 1 };

    [TestMethod]
    [DataRow("model/adapters/own", "Choose a folder outside")]
    [DataRow("model/adapters/other", "Choose a folder outside")]
    [DataRow(".hidden", "begins with a dot")]
    [DataRow("file/own", "cannot be written")]
    public async Task Train_PlaceThatIsNone_IsRefusedBeforeTheData(string output, string expected)
    {
        using TrainingFolder folder = await TrainingFolder.CreateAsync();
        File.WriteAllText(folder["file"], "");
        IOException exception = await Assert.ThrowsAsync<IOException>(() =>
            new AdapterTrainer(folder.Model, Options).TrainAsync("none.jsonl", folder[output.Split('/')]));
        StringAssert.Contains(exception.Message, expected, StringComparison.Ordinal);
        Assert.IsFalse(Directory.Exists(folder["model", "adapters"]));
    }

    [TestMethod]
    public async Task Train_PlaceOfAnotherTraining_IsRefusedUntilThatEnds()
    {
        using TrainingFolder folder = await TrainingFolder.CreateAsync();
        using (TrainingLock.Take(folder["out"]))
        {
            IOException exception = await Assert.ThrowsAsync<IOException>(() =>
                new AdapterTrainer(folder.Model, Options).TrainAsync("none.jsonl", folder["out"]));
            StringAssert.Contains(exception.Message, "another training writes there now", StringComparison.Ordinal);
        }

        await Assert.ThrowsAsync<FileNotFoundException>(() =>
            new AdapterTrainer(folder.Model, Options).TrainAsync("none.jsonl", folder["out"]));
        Assert.IsEmpty(Directory.GetFiles(folder["."]));
    }
}
