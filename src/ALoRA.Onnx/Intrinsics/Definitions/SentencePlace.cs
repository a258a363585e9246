namespace ALoRA.Onnx.Intrinsics.Definitions;

/// <summary>Where sentences are marked and read.</summary>
internal enum SentencePlace
{
    /// <summary><c>last_message</c>.</summary>
    LastMessage,

    /// <summary><c>documents</c>.</summary>
    Documents,

    /// <summary><c>all_but_last_message</c>.</summary>
    History,
}
