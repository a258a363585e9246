namespace ALoRA.Onnx;

/// <summary>What is done with words in a JSON schema that are no keywords of its draft.</summary>
public enum UnknownKeywords
{
    /// <summary>
    /// They say nothing about values, as the standard wants it; <see cref="TokenConstraint.Notes"/> lists them.
    /// </summary>
    Annotate,

    /// <summary>The schema is refused, which finds misspelt keywords.</summary>
    Refuse,
}
