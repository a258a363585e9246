using ALoRA.Onnx.Cli.Evaluate;

namespace ALoRA.Onnx.Cli.Tests.Evaluate;

[TestClass]
public sealed class AnswerMatchTests
{
    [TestMethod]
    [DataRow("exact", "Paris", " Paris\n", true)]
    [DataRow("exact", "Paris", "paris", false)]
    [DataRow("normalized", "the Eiffel Tower", "Eiffel tower!", true)]
    [DataRow("normalized", "Paris", "It is Paris.", false)]
    [DataRow("contains", "Paris", "It is Paris.", true)]
    [DataRow("contains", "art", "It is Bart.", false)]
    [DataRow("contains", "New York", "He lives in New  York, I think.", true)]
    [DataRow("regex", "^19\\b", "19 apples", true)]
    [DataRow("regex", "^19$", "190", false)]
    public void Judge_Text_DependsOnTheMode(string mode, string gold, string answer, bool isRight) =>
        Assert.AreEqual(isRight, new AnswerMatch(mode).Judge([new GoldAnswer(gold, IsNumber: false)], answer));

    [TestMethod]
    [DataRow("exact", "7", "7.0", true)]
    [DataRow("exact", "7", "7.", true)]
    [DataRow("exact", "7", "It is 7.", false)]
    [DataRow("normalized", "1000", "1,000", true)]
    [DataRow("contains", "7", "3 + 4 = 7.", true)]
    [DataRow("contains", "7", "It is 17.", false)]
    [DataRow("contains", "-1.5", "about -1.50 degrees", true)]
    public void Judge_Number_ComparesValues(string mode, string gold, string answer, bool isRight) =>
        Assert.AreEqual(isRight, new AnswerMatch(mode).Judge([new GoldAnswer(gold, IsNumber: true)], answer));

    [TestMethod]
    public void Judge_SeveralRightAnswers_OneIsEnough() =>
        Assert.IsTrue(new AnswerMatch("exact").Judge([new GoldAnswer("a", false), new GoldAnswer("b", false)], "b"));

    [TestMethod]
    [DataRow("(", "is no regular expression")]
    [DataRow("^(a+)+$", "takes longer than 1 s")]
    public void Judge_ImpossibleExpression_IsRefused(string gold, string reason)
    {
        FormatException exception = Assert.ThrowsExactly<FormatException>(
            () => new AnswerMatch("regex").Judge([new GoldAnswer(gold, false)], new string('a', 60) + "!"));

        Assert.Contains(reason, exception.Message);
    }
}
