using ALoRA.Onnx.Training.Devices;
using ALoRA.Onnx.Training.Prefixes;

namespace ALoRA.Onnx.Training.Tests.Prefixes;

[TestClass]
public sealed class LargestRunsTests
{
    // llama: 2 layers, 4 heads, 2 key heads of 16, 256 ids, hidden 64, inner 128.
    private const int Projections = 64 + 128 + 64 + 64 + 64 + 256 + 128 + 64;

    [TestMethod]
    public async Task OfStep_Shape_CountsWhatIsKeptAndWhatIsThereOnce()
    {
        HostNeed need = new(await ManifestAsync());
        const int Rows = 3 * 5;
        const long Scores = Rows * 4 * (7 + 5);
        const long Joined = 2 * 2 * 2 * 16 * sizeof(float) * 7 * 3;
        long kept = 2 * ((2L * Rows * Projections) + Scores);
        long logits = 3L * 3 * 2 * 256;

        Assert.AreEqual((sizeof(float) * (kept + (4 * Scores) + logits)) + Joined, need.OfStep(3, 5, 7, 2));
        Assert.AreEqual(
            (sizeof(float) * ((2L * Rows * Projections) + (4 * Scores) + logits)) + Joined, need.OfEvaluation(3, 5, 7, 2));
    }

    [TestMethod]
    public async Task MoreThan_LongerRowsThanThoseMade_AreCountedAndAnEvaluationToo()
    {
        HostNeed need = new(await ManifestAsync());
        LargestRuns runs = new(need, new TrainingOptions { BatchSize = 2, MicroBatchSize = 2 });
        TrainingExample[] rows = [Row(10, 14), Row(10, 14), Row(50, 60), Row(40, 45)];
        long made = need.OfStep(2, 4, 10, 4);
        long largest = need.OfStep(2, 10, 50, 10);
        long evaluation = need.OfEvaluation(1, 7, 90, 7);

        Assert.AreEqual((long)(1.25 * largest) - made, runs.MoreThan(rows[..2], rows, []));
        Assert.AreEqual(
            (long)(1.25 * largest) - made + evaluation, runs.MoreThan(rows[..2], rows, [Row(90, 97)]));
    }

    private static async Task<ModelManifest> ManifestAsync()
    {
        await using Graphs.TrainedFolder folder =
            await Graphs.TrainedFolder.ExportAsync(GoldenData.Path("models", "llama"));
        return folder.Model.Manifest;
    }

    private static TrainingExample Row(int start, int length) => new()
    {
        File = "",
        Line = 1,
        Ids = new int[length],
        ActivationStart = start,
        CompletionStart = start,
        Completion = "",
    };
}
