namespace ALoRA.Onnx;

/// <summary>How an adapter is applied to a prompt.</summary>
public enum AdapterKind
{
    /// <summary>Plain LoRA: adapts every token, so that nothing of the base's KV cache can be used.</summary>
    Lora,

    /// <summary>Activated LoRA: adapts the tokens from its invocation sequence on; everything before it is the base's.</summary>
    Alora,
}
