using ALoRA.Onnx.Serving.Running;

namespace ALoRA.Onnx.Serving.Tests.Running;

[TestClass]
public sealed class RecentStepsTests
{
    [TestMethod]
    [DataRow(0, 0)]
    [DataRow(5, 5)]
    [DataRow(64, 64)]
    [DataRow(150, 64)]
    public void Read_AfterSoManySteps_GivesTheLastInOrder(int added, int kept)
    {
        RecentSteps steps = new();
        for (int i = 1; i <= added; i++)
        {
            steps.Add(new EngineStep(i, 1, 0, 0, TimeSpan.Zero));
        }

        CollectionAssert.AreEqual(
            Enumerable.Range(added - kept + 1, kept).Select(number => (long)number).ToArray(),
            steps.Read().Select(step => step.Number).ToArray());
    }
}
