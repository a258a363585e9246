using ALoRA.Onnx.Intrinsics.Typed;

namespace ALoRA.Onnx;

/// <summary>Whether an answer says something that the context does not support or contradicts.</summary>
/// <param name="Score">How likely it does, from 0 (factual) to 1 (incorrect); 0 or 1 where the adapter only decides.</param>
public sealed record Factuality(double Score)
{
    /// <summary>Whether it is more likely than not that the answer is incorrect.</summary>
    public bool IsIncorrect => Score >= 0.5;

    /// <summary>Reads the result of an intrinsic <c>factuality-detection</c>.</summary>
    /// <exception cref="IntrinsicFormatException">It has another form.</exception>
    public static Factuality From(IntrinsicAnswer answer)
    {
        AnswerFields fields = new(answer);
        if (fields.Number("score") is { } score)
        {
            return new Factuality(score);
        }

        bool isIncorrect = AnswerFields.YesOrNo(fields.Text("score")) ?? throw fields.Wrong("yes, no or a number");
        return new Factuality(isIncorrect ? 1 : 0);
    }
}
