namespace ALoRA.Onnx;

/// <summary>
/// What becomes of added tokens (<c>&lt;|im_end|&gt;</c>, <c>&lt;tool_call&gt;</c>, …) that are spelled out in what callers give to a chat
/// template: messages, names, documents, tools, tool calls and results, and further variables.
/// </summary>
/// <remarks>
/// All added tokens of the tokenizer count, those that are marked special and those that are not; only runs of white space, which some
/// tokenizers add for code, are left alone. What the template itself writes always becomes tokens.
/// </remarks>
public enum SpecialTokenHandling
{
    /// <summary>They are text like any other: the model reads their characters, and no turn or tool call begins. The default.</summary>
    AsText,

    /// <summary>They are refused with a <see cref="SpecialTokenException"/>.</summary>
    Reject,

    /// <summary>They become tokens, as in Transformers. Only for callers who may write the whole prompt.</summary>
    Parse,
}
