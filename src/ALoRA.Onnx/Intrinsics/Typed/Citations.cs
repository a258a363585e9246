using ALoRA.Onnx.Intrinsics.Typed;

namespace ALoRA.Onnx;

/// <summary>What in the documents supports an answer.</summary>
/// <param name="Items">One for each pair of a sentence of the answer and a span of a document.</param>
public sealed record Citations(IReadOnlyList<Citation> Items)
{
    /// <summary>Reads the result of an intrinsic <c>citations</c>.</summary>
    /// <exception cref="IntrinsicFormatException">It has another form.</exception>
    public static Citations From(IntrinsicAnswer answer)
    {
        AnswerFields fields = new(answer);
        return new Citations([.. fields.Records().Select(record => new Citation(
            fields.Int(record, "response_begin"),
            fields.Int(record, "response_end"),
            AnswerFields.TextOf(record, "response_text"),
            AnswerFields.TextOf(record, "citation_doc_id"),
            fields.Int(record, "citation_begin"),
            fields.Int(record, "citation_end"),
            AnswerFields.TextOf(record, "citation_text")))]);
    }
}
