namespace ALoRA.Onnx.Intrinsics.Definitions;

/// <summary>Where the model reads documents: <c>docs_as_message</c>.</summary>
internal enum DocumentForm
{
    /// <summary>In the chat template's variable <c>documents</c>.</summary>
    Template,

    /// <summary>In one user message, as text.</summary>
    Text,

    /// <summary>In one user message, as a JSON list.</summary>
    Json,

    /// <summary>In one message each, with the role <c>document ID</c>.</summary>
    Roles,
}
