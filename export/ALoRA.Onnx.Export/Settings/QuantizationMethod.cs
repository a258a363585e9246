namespace ALoRA.Onnx.Export;

/// <summary>
/// How the codes and scales of weights in 4-bit blocks are chosen. 8-bit blocks are always rounded to nearest: little is lost there.
/// </summary>
public enum QuantizationMethod
{
    /// <summary>
    /// Chosen for each block from its weights alone: the scale, its sign and, where there is one, the zero point of least
    /// squared error among some dozens, refined by a least-squares fit (as llama.cpp's quantizers do), where errors of large
    /// weights count more. Needs no data; about a third of the speed of <see cref="RoundToNearest"/>.
    /// </summary>
    LeastSquares,

    /// <summary>The scale is taken from the block's extremes, and every weight is rounded to the nearest code.</summary>
    RoundToNearest,

    /// <summary>
    /// GPTQ (Frantar et al., 2022, arXiv:2210.17323): the error of the projection's outputs on a calibration text is made small by letting
    /// later weights of a row make up for the rounding of earlier ones. Needs <see cref="ExportOptions.Calibration"/>.
    /// </summary>
    Gptq,
}
