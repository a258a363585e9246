namespace ALoRA.Onnx.Extensions.AI;

/// <summary>How a model writes tool calls into its answer.</summary>
public enum ToolCallFormat
{
    /// <summary>The format that the model's chat template shows. The default.</summary>
    Auto,

    /// <summary>The model calls no tools; requests that bring tools are refused.</summary>
    None,

    /// <summary>Granite 3: <c>&lt;|tool_call|&gt;[{"name": …, "arguments": {…}}]</c>.</summary>
    Granite,

    /// <summary>
    /// Granite 4, Qwen 2.5 and 3, Hermes: <c>&lt;tool_call&gt;{"name": …, "arguments": {…}}&lt;/tool_call&gt;</c>, once for each call.
    /// </summary>
    Hermes,

    /// <summary>
    /// Llama 3: the answer is <c>{"name": …, "parameters": {…}}</c>, with or without <c>&lt;|python_tag|&gt;</c> before it.
    /// </summary>
    Llama,

    /// <summary>
    /// Mistral: <c>[TOOL_CALLS][{"name": …, "arguments": {…}}]</c>, or <c>[TOOL_CALLS]name[ARGS]{…}</c> once for each call.
    /// </summary>
    Mistral,
}
