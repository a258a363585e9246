using ALoRA.Onnx.Training.Prefixes;

namespace ALoRA.Onnx.Training.Tests.Prefixes;

[TestClass]
public sealed class MicroBatchesTests
{
    [TestMethod]
    public void Of_Size_CutsSortedRows()
    {
        IReadOnlyList<IReadOnlyList<TrainingExample>> batches =
            MicroBatches.Of([Row(9, 12, 1), Row(3, 5, 2), Row(9, 11, 3), Row(1, 8, 4), Row(3, 4, 5)], 2);
        CollectionAssert.AreEqual(
            new[] { "4 5", "2 3", "1" }, batches.Select(batch => string.Join(' ', batch.Select(row => row.Line))).ToArray());
    }

    [TestMethod]
    [DataRow(20, 0, 10, "8 8 4")]
    [DataRow(4, 0, 300, "1 1 1 1")]
    [DataRow(4, 0, 256, "2 2")]
    [DataRow(4, 8_000, 10, "2 2")]
    public void Of_NoSize_CutsByLength(int rows, int prefix, int suffix, string expected)
    {
        IReadOnlyList<IReadOnlyList<TrainingExample>> batches =
            MicroBatches.Of([.. Enumerable.Range(0, rows).Select(i => Row(prefix, prefix + suffix, i))], null);
        Assert.AreEqual(expected, string.Join(' ', batches.Select(batch => batch.Count)));
    }

    private static TrainingExample Row(int start, int length, int line) => new()
    {
        File = "",
        Line = line,
        Ids = new int[length],
        ActivationStart = start,
        CompletionStart = start,
        Completion = "",
    };
}
