using ALoRA.Onnx.Export;

namespace ALoRA.Onnx.Cli.Evaluate;

/// <summary>How far a logit may be from the reference's where the user does not say.</summary>
internal static class UsualTolerance
{
    /// <summary>What is small enough that its sums are off by the last digits alone.</summary>
    public const long SmallParameters = 50_000_000;

    // Measured on the references: float32 is off by up to 5.2e-5 on the demo's 6.6 million parameters, and by 1.5e-4 on SmolLM2 135M.
    // Weights in 16 or fewer bits are others than the reference's, and blocks of codes are multiplied by activations in 8 bits.
    private const float Small = 1e-4f;
    private const float Large = 2e-3f;
    private const float SixteenBits = 0.25f;
    private const float EightBits = 1;
    private const float FourBits = 8;

    /// <summary>
    /// Whether greedy decoding has to give the reference's ids, too: codes of few bits do not choose the same word each time.
    /// </summary>
    public static bool RequiresGreedy(ExportPrecision precision) =>
        precision is not (ExportPrecision.Int4 or ExportPrecision.Int4Mixed or ExportPrecision.Gguf);

    /// <summary>The largest absolute difference of a logit.</summary>
    /// <param name="precision">How the weights are held.</param>
    /// <param name="parameters">Elements of the checkpoint's weights.</param>
    public static float Of(ExportPrecision precision, long parameters) => precision switch
    {
        ExportPrecision.Float32 => parameters <= SmallParameters ? Small : Large,
        ExportPrecision.Float16 or ExportPrecision.BFloat16 => SixteenBits,
        ExportPrecision.Int8 => EightBits,
        _ => FourBits,
    };
}
