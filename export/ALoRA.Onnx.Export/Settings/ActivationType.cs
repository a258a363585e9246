namespace ALoRA.Onnx.Export.Settings;

/// <summary>Element type T of the graph: activations, KV cache, adapters, logits.</summary>
internal enum ActivationType
{
    /// <summary>IEEE 754 binary32, for CPU.</summary>
    Float32,

    /// <summary>IEEE 754 binary16, for CUDA.</summary>
    Float16,

    /// <summary>Upper half of binary32, for CUDA from compute capability 8.0 on.</summary>
    BFloat16,
}
