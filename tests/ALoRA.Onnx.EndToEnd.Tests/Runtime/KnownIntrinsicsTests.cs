using System.Text.Json;

namespace ALoRA.Onnx.EndToEnd.Tests.Runtime;

/// <summary>
/// The methods of <see cref="KnownIntrinsics"/> on the demo model: an adapter under the intrinsic's name, whose definition leaves one
/// answer. Its weights are those of another intrinsic; what is shown is which adapter is asked, what is asked, and what is read.
/// </summary>
[TestClass]
public sealed class KnownIntrinsicsTests
{
    private const string Sentences =
        "- {type: decode_sentences, source: last_message, input_path: [~, r],"
        + " output_names: {begin: response_begin, end: response_end, text: response_text}}\n";

    private static readonly IntrinsicRequest Request = new()
    {
        Messages = [new("user", "Where does Leo live?"), new("assistant", "Leo lives in Rome.")],
        Documents = [new ChatDocument("Leo lives in Rome. Udo is a teacher.", "7")],
    };

    /// <summary>Name, the answer, transformations, the call with an argument's text, and what it gives.</summary>
    private static IEnumerable<Row> Rows =>
    [
        new("query_clarification", """{"clarification": "Which Leo?"}""", "", [],
            async (talk, _) => await talk.ClarifyQueryAsync(Request), new QueryClarification("Which Leo?")),
        new("context_relevance", """{"context_relevance": "partially relevant"}""", "", ["document_content"],
            async (talk, text) => await talk.CheckContextRelevanceAsync(Request, text), new ContextRelevance(0.5)),
        new("hallucination_detection", """[{"r": 0, "f": "faithful", "e": "as it says"}]""",
            Sentences + "- {type: project, input_path: [], retained_fields: {response_begin: response_begin, response_end: response_end,"
            + " response_text: response_text, f: faithfulness, e: explanation}}\n",
            [],
            async (talk, _) => (await talk.DetectHallucinationsAsync(Request)).Sentences,
            new[] { new SentenceFaithfulness(0, 18, "Leo lives in Rome.", "faithful", "as it says") }),
        new("citations", """[{"r": 0, "c": 1}]""",
            Sentences + "- {type: decode_sentences, source: documents, input_path: [~, c],"
            + " output_names: {begin: citation_begin, end: citation_end, text: citation_text, document_id: citation_doc_id}}\n",
            [],
            async (talk, _) => (await talk.FindCitationsAsync(Request)).Items,
            new[] { new Citation(0, 18, "Leo lives in Rome.", "7", 19, 36, "Udo is a teacher.") }),
        new("requirement-check", """{"requirement_likelihood": 0.25}""", "", ["requirement"],
            async (talk, text) => await talk.CheckRequirementAsync(Request, text), new RequirementCheck(0.25)),
        new("guardian-core", """{"guardian": {"score": 0.75}}""", "", ["criteria", "target_role"],
            async (talk, text) => await talk.CheckGuardianAsync(Request, text), new Guardian(0.75)),
        new("guardian-core", """{"score": "yes"}""", "", ["criteria", "target_role"],
            async (talk, text) => await talk.CheckGuardianAsync(Request, "harm", text), new Guardian(1)),
        new("policy-guardrails", """{"label": "Ambiguous"}""", "", ["policy_text"],
            async (talk, text) => await talk.CheckPolicyAsync(Request, text), new PolicyGuardrails(null)),
        new("factuality-detection", """{"score": "no"}""", "", [],
            async (talk, _) => await talk.DetectFactualityAsync(Request), new Factuality(0)),
        new("factuality-correction", """{"correction": "Leo lives in Bern."}""", "", [],
            async (talk, _) => await talk.CorrectFactualityAsync(Request), new FactualityCorrection("Leo lives in Bern.")),
    ];

    [TestMethod]
    [DynamicData(nameof(Rows))]
    public async Task Ask_AdapterOfItsName_GetsTheArgumentsAndIsReadAsItsType(Row row)
    {
        using TemporaryFolder folder = new();
        using AloraModel model = await DemoModel.OpenOwnAsync();
        using Conversation conversation = model.CreateConversation();
        Assert.Contains(
            $"'{row.Name}'",
            (await Assert.ThrowsExactlyAsync<AdapterNotFoundException>(() => row.Ask(conversation, "x"))).Message);

        Intrinsic intrinsic = DemoAdapter.Open(model, folder, "query_rewrite", row.Definition, name: row.Name);
        object result = await row.Ask(conversation, "x");
        Assert.AreEqual(JsonSerializer.Serialize(row.Expected), JsonSerializer.Serialize(result));
        Assert.AreEqual(0, conversation.Length);
        if (row.Arguments.Length > 0)
        {
            await Assert.ThrowsExactlyAsync<IntrinsicFormatException>(() => conversation.InvokeAsync(intrinsic, Request));
            string beyondTheContext = string.Concat(Enumerable.Repeat("seven ", model.Manifest.MaxPositions));
            ArgumentException tooLong = await Assert.ThrowsExactlyAsync<ArgumentException>(() => row.Ask(conversation, beyondTheContext));
            Assert.Contains($"{model.Manifest.MaxPositions}", tooLong.Message);
        }
    }

    /// <summary>An intrinsic whose definition allows one answer, and the call that asks it.</summary>
    public sealed record Row(
        string Name, string Answer, string Transformations, string[] Arguments, Func<Conversation, string, Task<object>> Ask,
        object Expected)
    {
        /// <summary>The <c>io.yaml</c>, whose instruction has every argument.</summary>
        public string Definition =>
            $$"""
            model: ~
            response_format: '{"const": {{Answer}}}'
            transformations: {{(Transformations.Length == 0 ? "~" : $"\n{Transformations}")}}
            instruction: {{(Arguments.Length == 0 ? "~" : $"'{string.Join(' ', Arguments.Select(name => $"{{{name}}}"))}'")}}
            parameters: {max_completion_tokens: 96}
            sentence_boundaries: {last_message: r, documents: c}

            """;

        /// <summary>The name, for the report of the run.</summary>
        public override string ToString() => Name;
    }
}
