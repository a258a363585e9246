namespace ALoRA.Onnx.Export.Settings;

/// <summary>What becomes of a matrix of the checkpoint.</summary>
internal enum MatrixPrecision
{
    /// <summary>Elements of the activation type.</summary>
    Float,

    /// <summary>Blocks of 8-bit codes.</summary>
    Int8,

    /// <summary>Blocks of 4-bit codes.</summary>
    Int4,

    /// <summary>GGUF blocks as they are; floats as floats.</summary>
    AsStored,
}
