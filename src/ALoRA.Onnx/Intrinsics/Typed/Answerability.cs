using ALoRA.Onnx.Intrinsics.Typed;

namespace ALoRA.Onnx;

/// <summary>Whether the documents answer the last question.</summary>
/// <param name="IsAnswerable">They do.</param>
/// <param name="Likelihood">How likely it is that they do, from 0 to 1; null where the adapter only decides.</param>
public sealed record Answerability(bool IsAnswerable, double? Likelihood)
{
    /// <summary>Reads the result of an intrinsic <c>answerability</c>.</summary>
    /// <exception cref="IntrinsicFormatException">It has another form.</exception>
    public static Answerability From(IntrinsicAnswer answer)
    {
        AnswerFields fields = new(answer);
        if (fields.Number("answerability_likelihood") is { } likelihood)
        {
            return new Answerability(likelihood >= 0.5, likelihood);
        }

        return fields.Text("answerability") switch
        {
            "answerable" => new Answerability(true, null),
            "unanswerable" => new Answerability(false, null),
            _ => throw fields.Wrong("answerable or unanswerable"),
        };
    }
}
