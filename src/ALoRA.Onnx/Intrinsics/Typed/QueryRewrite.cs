using ALoRA.Onnx.Intrinsics.Typed;

namespace ALoRA.Onnx;

/// <summary>The last question in words that stand for themselves, for a search.</summary>
/// <param name="RewrittenQuestion">The question.</param>
public sealed record QueryRewrite(string RewrittenQuestion)
{
    /// <summary>Reads the result of an intrinsic <c>query_rewrite</c>.</summary>
    /// <exception cref="IntrinsicFormatException">It has another form.</exception>
    public static QueryRewrite From(IntrinsicAnswer answer) => new(new AnswerFields(answer).RequiredText("rewritten_question"));
}
