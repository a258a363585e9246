using ALoRA.Onnx.Intrinsics.Typed;

namespace ALoRA.Onnx;

/// <summary>A question back to the user, where the last question is ambiguous.</summary>
/// <param name="Question">The question back; null if the last question is clear.</param>
public sealed record QueryClarification(string? Question)
{
    private const string Clear = "CLEAR";

    /// <summary>Reads the result of an intrinsic <c>query_clarification</c>.</summary>
    /// <exception cref="IntrinsicFormatException">It has another form.</exception>
    public static QueryClarification From(IntrinsicAnswer answer)
    {
        string text = new AnswerFields(answer).RequiredText("clarification");
        return new QueryClarification(text.Trim() == Clear ? null : text);
    }
}
