using ALoRA.Onnx.Intrinsics.Typed;

namespace ALoRA.Onnx;

/// <summary>An answer corrected to what the context supports.</summary>
/// <param name="Correction">The corrected answer; null if nothing has to be corrected.</param>
public sealed record FactualityCorrection(string? Correction)
{
    /// <summary>Reads the result of an intrinsic <c>factuality-correction</c>.</summary>
    /// <exception cref="IntrinsicFormatException">It has another form.</exception>
    public static FactualityCorrection From(IntrinsicAnswer answer)
    {
        string text = new AnswerFields(answer).RequiredText("correction");
        return new FactualityCorrection(string.Equals(text.Trim(), "none", StringComparison.OrdinalIgnoreCase) ? null : text);
    }
}
