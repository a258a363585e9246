namespace ALoRA.Onnx.Intrinsics.Transformations;

/// <summary>What is known of a sentence that a model names by its number.</summary>
internal enum SentenceFact
{
    /// <summary>Begin in the text without marks, in code points.</summary>
    Begin,

    /// <summary>End in the text without marks, in code points.</summary>
    End,

    /// <summary>The text, up to the next mark.</summary>
    Text,

    /// <summary>Id of its document.</summary>
    DocumentId,

    /// <summary>Index of its message.</summary>
    MessageIndex,
}
