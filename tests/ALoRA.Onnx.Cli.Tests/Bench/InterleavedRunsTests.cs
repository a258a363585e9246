using ALoRA.Onnx.Cli.Bench;
using ALoRA.Onnx.Cli.CommandLine;

namespace ALoRA.Onnx.Cli.Tests.Bench;

[TestClass]
public sealed class InterleavedRunsTests
{
    [TestMethod]
    [DataRow(false, "cba abc cba", new double[] { 2, 3 })]
    [DataRow(true, "abc cba", new double[] { 1, 2 })]
    public async Task MeasureAsync_Figures_TakeTurnsBackAndForth(bool isWarm, string expected, double[] values)
    {
        BenchmarkSubject subject = new(await DemoModel.GetFolderAsync(), new AloraModelOptions());
        string order = "";
        List<string> stages = [];
        Figure[] figures = [.. "abc".Select(name => new Figure(subject, $"{name}", "ms", () =>
        {
            order += name;
            return Task.FromResult((double)order.Count(run => run == name));
        }))];

        await new InterleavedRuns(new SynchronousProgress(stages)).MeasureAsync(1024, 2, figures, isWarm);

        Assert.AreEqual(expected, string.Join(' ', order.Chunk(3).Select(round => new string(round))));
        CollectionAssert.AreEqual(values, subject.Find("b", 1024)!.Values.ToArray());
        CollectionAssert.AreEqual(new[] { "Measuring at 1,024 tokens: a, b, c" }, stages);
    }

    private sealed class SynchronousProgress(List<string> stages) : IProgress<ProgressState>
    {
        public void Report(ProgressState value) => stages.Add(value.Stage);
    }
}
