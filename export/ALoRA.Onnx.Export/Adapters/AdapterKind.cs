namespace ALoRA.Onnx.Export;

/// <summary>Which tokens an adapter acts on.</summary>
public enum AdapterKind
{
    /// <summary>Plain LoRA: every token.</summary>
    Lora,

    /// <summary>Activated LoRA: the tokens from the first invocation token on.</summary>
    Alora,
}
