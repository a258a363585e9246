using ALoRA.Onnx.Intrinsics.Typed;

namespace ALoRA.Onnx;

/// <summary>Whether a conversation keeps to a policy.</summary>
/// <param name="IsCompliant">It does; null where the policy leaves it open (<c>Ambiguous</c>).</param>
public sealed record PolicyGuardrails(bool? IsCompliant)
{
    private const string Ambiguous = "AMBIGUOUS";

    /// <summary>Reads the result of an intrinsic <c>policy-guardrails</c>.</summary>
    /// <exception cref="IntrinsicFormatException">It has another form.</exception>
    public static PolicyGuardrails From(IntrinsicAnswer answer)
    {
        AnswerFields fields = new(answer);
        string? label = fields.Text("policy_guardrails.label", "label", "score");
        bool? isCompliant = AnswerFields.YesOrNo(label);
        return isCompliant is not null || label?.Trim().ToUpperInvariant() == Ambiguous
            ? new PolicyGuardrails(isCompliant)
            : throw fields.Wrong("Yes, No or Ambiguous");
    }
}
