using ALoRA.Onnx.Intrinsics.Typed;

namespace ALoRA.Onnx;

/// <summary>Whether a message meets a criterion that it should not meet: harm, a jailbreak, …</summary>
/// <param name="Score">How likely it does, from 0 to 1; 0 or 1 where the adapter only decides.</param>
public sealed record Guardian(double Score)
{
    /// <summary>Whether it is more likely than not.</summary>
    public bool IsFlagged => Score >= 0.5;

    /// <summary>Reads the result of an intrinsic <c>guardian-core</c> or <c>jailbreak</c>.</summary>
    /// <exception cref="IntrinsicFormatException">It has another form.</exception>
    public static Guardian From(IntrinsicAnswer answer)
    {
        AnswerFields fields = new(answer);
        string[] names = ["guardian.score", "guardian", "score"];
        return new Guardian(fields.Number(names)
            ?? (AnswerFields.YesOrNo(fields.Text(names)) is { } isFlagged ? isFlagged ? 1 : 0 : throw fields.Wrong("yes, no or a number")));
    }
}
