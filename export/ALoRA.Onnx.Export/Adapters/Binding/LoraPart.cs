namespace ALoRA.Onnx.Export.Adapters.Binding;

/// <summary>What a tensor of an adapter is to its module.</summary>
internal enum LoraPart
{
    /// <summary><c>lora_A.weight</c>, [r, in].</summary>
    A,

    /// <summary><c>lora_B.weight</c>, [out, r].</summary>
    B,

    /// <summary><c>lora_B.bias</c>, [out].</summary>
    Bias,
}
