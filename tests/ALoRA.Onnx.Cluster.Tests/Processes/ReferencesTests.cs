using ALoRA.Onnx.Cluster.Tests.Chaos;

namespace ALoRA.Onnx.Cluster.Tests.Processes;

/// <summary>What the chaos tests compare with can tell right from wrong.</summary>
[TestClass]
public sealed class ReferencesTests
{
    [TestMethod]
    public async Task Difference_StreamsOfOneNode_AreThoseOfEachQuestionAlone()
    {
        References references = await ChaosModel.ReferencesAsync();
        using StreamClient client = new();
        Question[] questions = [.. Enumerable.Range(0, 12).Select(number => new Question(number, 500))];
        foreach (Question question in questions)
        {
            await references.OfAsync(question);
        }

        StreamOutcome[] outcomes = await Task.WhenAll(
            questions.Select(question => client.AskAsync(references.Node, question.Body(stream: true))));

        for (int i = 0; i < questions.Length; i++)
        {
            Assert.IsTrue(outcomes[i].IsComplete, outcomes[i].Error);
            Assert.IsNull(await references.DifferenceAsync(questions[i], outcomes[i]));
        }
    }

    [TestMethod]
    [DataRow("lost")]
    [DataRow("repeated")]
    [DataRow("different")]
    [DataRow("short")]
    public async Task Difference_TokenIsWrong_IsSaid(string how)
    {
        References references = await ChaosModel.ReferencesAsync();
        Question question = new(1, 40);
        List<string> pieces = [.. (await references.OfAsync(question)).Select(token => System.Text.Encoding.UTF8.GetString(token.Bytes))];
        switch (how)
        {
            case "lost":
                pieces.RemoveAt(20);
                break;
            case "repeated":
                pieces.Insert(20, pieces[19]);
                break;
            case "different":
                pieces[20] += "#";
                break;
            default:
                pieces.RemoveAt(39);
                break;
        }

        StreamOutcome outcome = new() { IsComplete = true, Tokens = 40 };
        pieces.ForEach(piece => outcome.Add(piece, 0, 0));

        Assert.Contains("question 1", await references.DifferenceAsync(question, outcome) ?? "nothing");
    }
}
