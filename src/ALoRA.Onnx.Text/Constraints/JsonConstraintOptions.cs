namespace ALoRA.Onnx.Constraints;

/// <summary>How generated JSON is written where the schema leaves that open.</summary>
internal sealed record JsonConstraintOptions
{
    /// <summary>White space. The default value is <see cref="JsonSpacing.Spaced"/>.</summary>
    public JsonSpacing Spacing { get; init; }

    /// <summary>
    /// Whether an object may have properties that its schema does not name if there is no <c>additionalProperties</c>, and an array more
    /// items than <c>prefixItems</c> if there is no <c>items</c>, as the specification allows. The default value is
    /// <see langword="false"/>: only what is named is generated, which is valid, too, and what schemas made from types mean.
    /// An object whose schema names no properties at all is always open.
    /// </summary>
    public bool OpenObjects { get; init; }

    /// <summary>What is done with words that are no keywords. By default they say nothing.</summary>
    public UnknownKeywords UnknownKeywords { get; init; }
}
