using ALoRA.Onnx.Intrinsics.Typed;

namespace ALoRA.Onnx;

/// <summary>Whether an answer meets a requirement.</summary>
/// <param name="Likelihood">How likely it does, from 0 to 1; 0 or 1 where the adapter only decides.</param>
public sealed record RequirementCheck(double Likelihood)
{
    /// <summary>Whether it is more likely than not.</summary>
    public bool IsMet => Likelihood >= 0.5;

    /// <summary>Reads the result of an intrinsic <c>requirement-check</c>.</summary>
    /// <exception cref="IntrinsicFormatException">It has another form.</exception>
    public static RequirementCheck From(IntrinsicAnswer answer)
    {
        AnswerFields fields = new(answer);
        string[] names = ["requirement_check.score", "requirement_likelihood", "requirement_check", "score"];
        return new RequirementCheck(fields.Number(names)
            ?? (AnswerFields.YesOrNo(fields.Text(names)) is { } isMet ? isMet ? 1 : 0 : throw fields.Wrong("yes, no or a number")));
    }
}
