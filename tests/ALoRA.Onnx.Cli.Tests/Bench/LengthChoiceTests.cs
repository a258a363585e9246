using ALoRA.Onnx.Cli.Bench;

namespace ALoRA.Onnx.Cli.Tests.Bench;

[TestClass]
public sealed class LengthChoiceTests
{
    [TestMethod]
    [DataRow(8192, 64, new[] { 256, 1024, 4096 }, new[] { 16384, 32768 })]
    [DataRow(32768, 0, new[] { 256, 1024, 4096, 16384, 32768 }, new int[0])]
    [DataRow(32768, 1, new[] { 256, 1024, 4096, 16384 }, new[] { 32768 })]
    [DataRow(256, 0, new[] { 256 }, new[] { 1024, 4096, 16384, 32768 })]
    public void Choose_NothingGiven_TakesUsualLengthsThatFit(int longest, int following, int[] expected, int[] leftOut)
    {
        LengthChoice choice = LengthChoice.Choose("--context", null, longest, following);

        CollectionAssert.AreEqual(expected, choice.Lengths.ToArray());
        CollectionAssert.AreEqual(leftOut, choice.LeftOut.Select(left => left.Tokens).ToArray());
        Assert.IsTrue(choice.LeftOut.All(left => !left.Fits && left.Option == "--context"));
        Assert.IsFalse(choice.IsGiven);
    }

    [TestMethod]
    public void Choose_Given_SortsThemAndDropsRepeatedOnes()
    {
        LengthChoice choice = LengthChoice.Choose("--prefill", [100, 7, 100], longest: 100, following: 0);

        CollectionAssert.AreEqual(new[] { 7, 100 }, choice.Lengths.ToArray());
        Assert.IsTrue(choice.IsGiven);
    }

    [TestMethod]
    [DataRow(new[] { 64, 101 }, 100, 0, "101 tokens do not fit into the model's context of 100. Give smaller numbers with --prefill.")]
    [DataRow(
        new[] { 64 }, 100, 40, "64 tokens and 40 more do not fit into the model's context of 100. Give smaller numbers with --prefill.")]
    [DataRow(null, 100, 0, "256 tokens do not fit into the model's context of 100. Give smaller numbers with --prefill.")]
    public void Choose_DoesNotFit_SaysWhichAndWhatToDo(int[]? given, int longest, int following, string message)
    {
        ArgumentException exception = Assert.ThrowsExactly<ArgumentException>(
            () => LengthChoice.Choose("--prefill", given, longest, following));

        Assert.AreEqual(message, exception.Message);
    }
}
