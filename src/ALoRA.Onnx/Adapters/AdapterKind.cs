namespace ALoRA.Onnx;

/// <summary>How an adapter is applied to a prompt.</summary>
public enum AdapterKind
{
    /// <summary>Plain LoRA: adapts every token, so that it can't reuse the base model's KV cache.</summary>
    Lora,

    /// <summary>
    /// Activated LoRA (aLoRA): adapts the tokens from its invocation tokens on, and reuses the base model's KV cache before them.
    /// </summary>
    Alora,
}
