namespace ALoRA.Onnx.Intrinsics.Definitions;

/// <summary>The tags of sentence marks by place; null where a place is not named, empty where it gets no marks.</summary>
/// <param name="LastMessage">The last message of the input, counted from 0.</param>
/// <param name="Documents">All documents, counted from 0 through all of them.</param>
/// <param name="History">The messages before the last one, counted on from the documents.</param>
internal sealed record SentenceTags(string? LastMessage, string? Documents, string? History)
{
    public static SentenceTags None { get; } = new(null, null, null);

    /// <summary>How a mark stands in the text.</summary>
    public static string Mark(string tag, int number) => $"<{tag}{number}> ";
}
