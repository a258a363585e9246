using System.Text.Json.Nodes;

namespace ALoRA.Onnx.Tests.Intrinsics.Typed;

/// <summary>The forms in which generations of adapters answer.</summary>
[TestClass]
public sealed class TypedResultTests
{
    [TestMethod]
    [DataRow("{\"answerability\": \"answerable\"}", true, null)]
    [DataRow("{\"answerability_likelihood\": 0.25}", false, 0.25)]
    [DataRow("\"unanswerable\"", false, null)]
    [DataRow("\"\\\"answerable\\\"\"", true, null)]
    public void Answerability_From_ReadsEveryForm(string json, bool isAnswerable, double? likelihood) =>
        Assert.AreEqual(new Answerability(isAnswerable, likelihood), Answerability.From(Answer(json)));

    [TestMethod]
    [DataRow("{\"rewritten_question\": \"Q?\"}")]
    [DataRow("\"{\\\"rewritten_question\\\": \\\"Q?\\\"}\"")]
    public void QueryRewrite_From_ReadsRecordsAndJsonAsText(string json) =>
        Assert.AreEqual("Q?", QueryRewrite.From(Answer(json)).RewrittenQuestion);

    [TestMethod]
    public void QueryClarification_From_KnowsClear()
    {
        Assert.IsNull(QueryClarification.From(Answer("{\"clarification\": \"CLEAR\"}")).Question);
        Assert.AreEqual("A or B?", QueryClarification.From(Answer("{\"clarification\": \"A or B?\"}")).Question);
    }

    [TestMethod]
    [DataRow("{\"context_relevance\": \"partially relevant\"}", 0.5)]
    [DataRow("{\"context_relevance\": 0.9}", 0.9)]
    public void ContextRelevance_From_ReadsBothForms(string json, double relevance) =>
        Assert.AreEqual(relevance, ContextRelevance.From(Answer(json)).Relevance);

    [TestMethod]
    [DataRow("{\"requirement_likelihood\": 0.75}", 0.75)]
    [DataRow("{\"requirement_check\": {\"score\": 0.5}}", 0.5)]
    [DataRow("{\"score\": \"no\"}", 0.0)]
    [DataRow("\"yes\"", 1.0)]
    public void RequirementCheck_From_ReadsEveryForm(string json, double likelihood) =>
        Assert.AreEqual(likelihood, RequirementCheck.From(Answer(json)).Likelihood);

    [TestMethod]
    [DataRow("{\"guardian\": {\"score\": 0.125}}", 0.125)]
    [DataRow("\"Y\"", 1.0)]
    public void Guardian_From_ReadsBothForms(string json, double score) => Assert.AreEqual(score, Guardian.From(Answer(json)).Score);

    [TestMethod]
    public void Others_From_ReadTheirRecords()
    {
        Assert.IsNull(PolicyGuardrails.From(Answer("{\"label\": \"Ambiguous\"}")).IsCompliant);
        Assert.AreEqual(false, PolicyGuardrails.From(Answer("\"No\"")).IsCompliant);
        Assert.IsTrue(Factuality.From(Answer("{\"score\": \"yes\"}")).IsIncorrect);
        Assert.IsNull(FactualityCorrection.From(Answer("{\"correction\": \"none\"}")).Correction);
        Assert.AreEqual(
            (0.83, 8), (Certainty.From(Answer("{\"certainty\": 0.83}")).Value, Certainty.From(Answer("{\"certainty\": 0.83}")).Digit));
        Citation citation = Citations.From(Answer(
            "[{\"response_begin\": 0, \"response_end\": 5, \"response_text\": \"Yes.\", \"citation_doc_id\": \"1\", \"citation_begin\": 2, "
            + "\"citation_end\": 9, \"citation_text\": \"because\"}]")).Items.Single();
        Assert.AreEqual(new Citation(0, 5, "Yes.", "1", 2, 9, "because"), citation);
        SentenceFaithfulness sentence = HallucinationDetection.From(Answer(
            "[{\"response_begin\": 0, \"response_end\": 4, \"response_text\": \"Yes.\", \"faithfulness\": "
            + "\"partial\", \"explanation\": \"…\"}]")).Sentences.Single();
        Assert.AreEqual(new SentenceFaithfulness(0, 4, "Yes.", "partial", "…"), sentence);
    }

    [TestMethod]
    public void From_OtherForm_NamesIntrinsicAndValue()
    {
        IntrinsicFormatException exception = Assert.ThrowsExactly<IntrinsicFormatException>(() => Answerability.From(Answer("{\"x\": 1}")));
        Assert.Contains("'test'", exception.Message);
        Assert.Contains("{\"x\":1}", exception.Message);
        Assert.ThrowsExactly<IntrinsicFormatException>(() => Citations.From(Answer("{\"x\": 1}")));
        Assert.ThrowsExactly<IntrinsicFormatException>(() => Citations.From(Answer("[{\"response_begin\": \"a\"}]")));
    }

    private static IntrinsicAnswer Answer(string json) => new()
    {
        Intrinsic = "test",
        Value = JsonNode.Parse(json),
        Response = [],
        Run = new IntrinsicResult
        {
            Adapter = "test",
            Text = "",
            Tokens = [],
            FinishReason = FinishReason.StopToken,
            ActivationPosition = 0,
            Choices = [],
            Usage = new TokenUsage(),
        },
    };
}
