namespace ALoRA.Onnx.Constraints;

/// <summary>How JSON is written under a schema, where the schema leaves it open.</summary>
internal sealed record JsonConstraintOptions
{
    /// <summary>White space. The default value is <see cref="JsonSpacing.Spaced"/>.</summary>
    public JsonSpacing Spacing { get; init; }

    /// <summary>
    /// Whether an object whose schema names properties but does not say <c>additionalProperties</c> may have others,
    /// and an array with <c>prefixItems</c> but without <c>items</c> more of them, as the specification has it. The default
    /// value is <see langword="false"/>: only what is named is generated, which is valid as well and is what schemas made
    /// from types mean. An object schema that names no properties at all is always open.
    /// </summary>
    public bool OpenObjects { get; init; }
}
