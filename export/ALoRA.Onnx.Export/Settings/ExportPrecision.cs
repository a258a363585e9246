namespace ALoRA.Onnx.Export;

/// <summary>How an export holds weights and computes.</summary>
public enum ExportPrecision
{
    /// <summary>float32 weights and activations, for CPU.</summary>
    Float32,

    /// <summary>float16 weights and activations, for CUDA.</summary>
    Float16,

    /// <summary>bfloat16 weights and activations, for CUDA from compute capability 8.0 on.</summary>
    BFloat16,

    /// <summary>8-bit weights in blocks, for CPU with float32 activations.</summary>
    Int8,

    /// <summary>4-bit weights in blocks, for CPU with float32 activations.</summary>
    Int4,

    /// <summary>
    /// As <see cref="Int4"/>, but the projections that suffer most from rounding get 8 bits: value and down projections in the first and
    /// last eighth of the layers and in every third between them, as in llama.cpp's Q4_K_M.
    /// </summary>
    Int4Mixed,

    /// <summary>The blocks of a GGUF file as they are (Q4_0, Q4_1, Q8_0), for CPU with float32 activations.</summary>
    Gguf,
}
