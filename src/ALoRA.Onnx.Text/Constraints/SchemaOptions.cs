namespace ALoRA.Onnx;

/// <summary>How a JSON schema is read. Immutable and thread-safe.</summary>
public sealed record SchemaOptions
{
    /// <summary>
    /// What is done with words that are no keywords of the schema's draft.
    /// The default value is <see cref="UnknownKeywords.Annotate"/>.
    /// </summary>
    public UnknownKeywords UnknownKeywords { get; init; }
}
