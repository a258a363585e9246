namespace ALoRA.Onnx.Tests;

[TestClass]
public sealed class CertaintyTests
{
    [TestMethod]
    public void From_TenDigits_GivesTheExpectedValue()
    {
        double[] probabilities = [0, 0, 0, 0, 0.25, 0, 0, 0, 0.5, 0.25];
        Certainty certainty = Certainty.From(Result(Certainty.Digits, probabilities));
        Assert.AreEqual((0.25 * 0.45) + (0.5 * 0.85) + (0.25 * 0.95), certainty.Value, 1e-12);
        Assert.AreEqual(8, certainty.Digit);
    }

    [TestMethod]
    public void From_OtherChoices_SaysWhatIsNeeded()
    {
        Assert.Contains("Y, N", Assert.ThrowsExactly<ArgumentException>(() => Certainty.From(Result(["Y", "N"], [0.5, 0.5]))).Message);
        Assert.Contains("none", Assert.ThrowsExactly<ArgumentException>(() => Certainty.From(Result([], []))).Message);
    }

    private static IntrinsicResult Result(IReadOnlyList<string> choices, double[] probabilities) => new()
    {
        Adapter = "certainty",
        Text = "",
        Tokens = [],
        FinishReason = FinishReason.MaxNewTokens,
        ActivationPosition = 3,
        Choices = [.. choices.Select((text, i) => new ChoiceProbability(text, i, probabilities[i]))],
        Usage = new TokenUsage(),
    };
}
