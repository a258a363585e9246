using ALoRA.Onnx.Intrinsics.Typed;

namespace ALoRA.Onnx;

/// <summary>The sentences of an answer, and whether the documents support them.</summary>
/// <param name="Sentences">In the adapter's order.</param>
public sealed record HallucinationDetection(IReadOnlyList<SentenceFaithfulness> Sentences)
{
    /// <summary>Reads the result of an intrinsic <c>hallucination_detection</c>.</summary>
    /// <exception cref="IntrinsicFormatException">It has another form.</exception>
    public static HallucinationDetection From(IntrinsicAnswer answer)
    {
        AnswerFields fields = new(answer);
        return new HallucinationDetection([.. fields.Records().Select(record => new SentenceFaithfulness(
            fields.Int(record, "response_begin"),
            fields.Int(record, "response_end"),
            AnswerFields.TextOf(record, "response_text"),
            AnswerFields.TextOf(record, "faithfulness"),
            AnswerFields.TextOf(record, "explanation")))]);
    }
}
