namespace ALoRA.Onnx.Training.Data;

/// <summary>The form of a file's rows.</summary>
internal enum RowForm
{
    /// <summary>Messages, which the chat template renders, and a completion.</summary>
    Messages,

    /// <summary>A text that was rendered before, and a completion.</summary>
    Text,

    /// <summary>mellea's item and label: the item is a user's message, the label the completion.</summary>
    ItemAndLabel,
}
