using ALoRA.Onnx.Cli.Evaluate;

namespace ALoRA.Onnx.Cli.Tests.Evaluate;

[TestClass]
public sealed class AdapterEvaluationTests
{
    [TestMethod]
    [DataRow(2, 6, 3.0)]
    [DataRow(0, 6, null)]
    [DataRow(0, 0, null)]
    public void SpeedUp_OfTwoTimes_IsTheirRatioOrNotMeasured(int alora, int lora, double? expected) => Assert.AreEqual(
        expected, AdapterEvaluation.SpeedUp([Evaluation(AdapterKind.Alora, alora), Evaluation(AdapterKind.Lora, lora)]));

    [TestMethod]
    public void SpeedUp_OfOneKindAlone_IsNone() => Assert.IsNull(AdapterEvaluation.SpeedUp([Evaluation(AdapterKind.Alora, 1)]));

    private static AdapterEvaluation Evaluation(AdapterKind kind, int milliseconds)
    {
        AdapterEvaluation evaluation = new("certainty", kind);
        TokenUsage usage = new() { TimeToFirstToken = TimeSpan.FromMilliseconds(milliseconds) };
        evaluation.Add(isRight: true, new Certainty { Value = 1, Digit = 9, Probabilities = [], Usage = usage });
        return evaluation;
    }
}
