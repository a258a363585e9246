using ALoRA.Onnx.Intrinsics.Typed;

namespace ALoRA.Onnx;

/// <summary>How relevant a document is to the last question.</summary>
/// <param name="Relevance">1 for relevant, 0.5 for partially relevant, 0 for irrelevant, or the expected value over the three.</param>
public sealed record ContextRelevance(double Relevance)
{
    /// <summary>Reads the result of an intrinsic <c>context_relevance</c>.</summary>
    /// <exception cref="IntrinsicFormatException">It has another form.</exception>
    public static ContextRelevance From(IntrinsicAnswer answer)
    {
        AnswerFields fields = new(answer);
        return new ContextRelevance(fields.Number("context_relevance") ?? fields.Text("context_relevance") switch
        {
            "relevant" => 1,
            "partially relevant" => 0.5,
            "irrelevant" => 0,
            _ => throw fields.Wrong("relevant, partially relevant, irrelevant or a number"),
        });
    }
}
