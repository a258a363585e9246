namespace ALoRA.Onnx.Operators;

/// <summary>Where an operator's first output lies. But for <see cref="OwnShape"/> it has the type and shape of the first input.</summary>
internal enum FirstOutput
{
    /// <summary>In memory of its own.</summary>
    OwnMemory,

    /// <summary>
    /// In the first input's memory, where ONNX Runtime knows the shape and nobody else reads the input; else in its own. The kernel
    /// handles both.
    /// </summary>
    MayBeFirstInput,

    /// <summary>In the first input's memory, whoever else reads it: the kernel must not change it.</summary>
    IsFirstInput,

    /// <summary>In memory of its own, with another shape than the first input, which ONNX Runtime learns when it runs.</summary>
    OwnShape,
}
