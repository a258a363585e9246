using System.Diagnostics.CodeAnalysis;

namespace ALoRA.Onnx.Export;

/// <summary>How the elements of a stored tensor are written. The names are those of the safetensors and GGUF formats.</summary>
[SuppressMessage("Naming", "CA1707:Identifiers should not contain underscores", Justification = "The formats' own names.")]
public enum TensorEncoding
{
    /// <summary>IEEE 754 binary64.</summary>
    F64,

    /// <summary>IEEE 754 binary32.</summary>
    F32,

    /// <summary>IEEE 754 binary16.</summary>
    F16,

    /// <summary>The upper 16 bits of a binary32.</summary>
    BF16,

    /// <summary>Signed 64-bit integer.</summary>
    I64,

    /// <summary>Signed 32-bit integer.</summary>
    I32,

    /// <summary>Signed 16-bit integer.</summary>
    I16,

    /// <summary>Signed 8-bit integer.</summary>
    I8,

    /// <summary>Unsigned 64-bit integer.</summary>
    U64,

    /// <summary>Unsigned 32-bit integer.</summary>
    U32,

    /// <summary>Unsigned 16-bit integer.</summary>
    U16,

    /// <summary>Unsigned 8-bit integer.</summary>
    U8,

    /// <summary>One byte, 0 or 1.</summary>
    BOOL,

    /// <summary>8-bit float: 4 exponent and 3 mantissa bits, no infinities.</summary>
    F8_E4M3,

    /// <summary>8-bit float: 5 exponent and 2 mantissa bits, with infinities.</summary>
    F8_E5M2,

    /// <summary>8-bit float: 4 exponent and 3 mantissa bits, bias 8, no negative zero, no infinities.</summary>
    F8_E4M3FNUZ,

    /// <summary>8-bit float: 5 exponent and 2 mantissa bits, bias 16, no negative zero, no infinities.</summary>
    F8_E5M2FNUZ,

    /// <summary>8-bit power of two (a scale).</summary>
    F8_E8M0,

    /// <summary>4-bit float, two to a byte.</summary>
    F4,

    /// <summary>6-bit float: 2 exponent and 3 mantissa bits, four to three bytes.</summary>
    F6_E2M3,

    /// <summary>6-bit float: 3 exponent and 2 mantissa bits, four to three bytes.</summary>
    F6_E3M2,

    /// <summary>Complex number of two binary32.</summary>
    C64,

    /// <summary>GGUF: 32 elements of 4 bits, one scale.</summary>
    Q4_0,

    /// <summary>GGUF: 32 elements of 4 bits, scale and minimum.</summary>
    Q4_1,

    /// <summary>GGUF: 32 elements of 5 bits, one scale.</summary>
    Q5_0,

    /// <summary>GGUF: 32 elements of 5 bits, scale and minimum.</summary>
    Q5_1,

    /// <summary>GGUF: 32 elements of 8 bits, one scale.</summary>
    Q8_0,

    /// <summary>GGUF: 32 elements of 8 bits, scale and sum (an activation format, never a weight).</summary>
    Q8_1,

    /// <summary>GGUF: 256 elements of 2 bits in 16 groups, scales and minima of 4 bits.</summary>
    Q2_K,

    /// <summary>GGUF: 256 elements of 3 bits in 16 groups, scales of 6 bits.</summary>
    Q3_K,

    /// <summary>GGUF: 256 elements of 4 bits in 8 groups, scales and minima of 6 bits.</summary>
    Q4_K,

    /// <summary>GGUF: 256 elements of 5 bits in 8 groups, scales and minima of 6 bits.</summary>
    Q5_K,

    /// <summary>GGUF: 256 elements of 6 bits in 16 groups, scales of 8 bits.</summary>
    Q6_K,

    /// <summary>GGUF: 256 elements of 8 bits, one scale and group sums (an activation format, never a weight).</summary>
    Q8_K,

    /// <summary>GGUF: 256 elements of about 2.06 bits from a grid.</summary>
    IQ2_XXS,

    /// <summary>GGUF: 256 elements of about 2.31 bits from a grid.</summary>
    IQ2_XS,

    /// <summary>GGUF: 256 elements of about 2.56 bits from a grid.</summary>
    IQ2_S,

    /// <summary>GGUF: 256 elements of about 3.06 bits from a grid.</summary>
    IQ3_XXS,

    /// <summary>GGUF: 256 elements of about 3.44 bits from a grid.</summary>
    IQ3_S,

    /// <summary>GGUF: 256 elements of about 1.56 bits from a grid.</summary>
    IQ1_S,

    /// <summary>GGUF: 256 elements of about 1.75 bits from a grid.</summary>
    IQ1_M,

    /// <summary>GGUF: 32 elements of 4 bits from a table of 16 values, one scale.</summary>
    IQ4_NL,

    /// <summary>GGUF: 256 elements of 4 bits from a table of 16 values in 8 groups, scales of 6 bits.</summary>
    IQ4_XS,

    /// <summary>GGUF: 256 ternary elements, five to a byte, one scale.</summary>
    TQ1_0,

    /// <summary>GGUF: 256 ternary elements, four to a byte, one scale.</summary>
    TQ2_0,

    /// <summary>GGUF: 32 elements of 4-bit floats, one power-of-two scale.</summary>
    MXFP4,

    /// <summary>GGUF: 64 elements of 4-bit floats, one 8-bit float scale for 16.</summary>
    NVFP4,
}
