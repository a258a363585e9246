namespace ALoRA.Onnx;

/// <summary>How a JSON schema is read. Immutable and thread-safe.</summary>
public sealed record SchemaOptions
{
    /// <summary>
    /// Whether an object may have properties that its schema does not name if there is no <c>additionalProperties</c>, and an array more
    /// items than <c>prefixItems</c> if there is no <c>items</c>, as the specification allows. The default value is
    /// <see langword="false"/>: only what is named is generated, which is valid, too, and what schemas made from types mean.
    /// An object whose schema names no properties at all is always open.
    /// </summary>
    public bool OpenObjects { get; init; }

    /// <summary>
    /// What is done with words that are no keywords of the schema's draft.
    /// The default value is <see cref="UnknownKeywords.Annotate"/>.
    /// </summary>
    public UnknownKeywords UnknownKeywords { get; init; }
}
