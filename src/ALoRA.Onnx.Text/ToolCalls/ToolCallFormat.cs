namespace ALoRA.Onnx;

/// <summary>How a model writes tool calls into its answer.</summary>
public enum ToolCallFormat
{
    /// <summary>The format that the model's chat template shows. The default.</summary>
    Auto,

    /// <summary>
    /// The model calls no tools: its answers are text and reasoning, and a chat client refuses requests that bring tools.
    /// </summary>
    None,

    /// <summary>Granite 3: <c>&lt;|tool_call|&gt;[{"name": …, "arguments": {…}}]</c>.</summary>
    Granite,

    /// <summary>
    /// Granite 4, Qwen 2.5 and 3, Hermes: <c>&lt;tool_call&gt;{"name": …, "arguments": {…}}&lt;/tool_call&gt;</c>, once for each call.
    /// </summary>
    Hermes,

    /// <summary>
    /// Llama 3: the answer is <c>{"name": …, "parameters": {…}}</c>, with or without <c>&lt;|python_tag|&gt;</c> before it;
    /// behind that mark also <c>name.call(key="value", …)</c>. Several have semicolons between them.
    /// </summary>
    Llama,

    /// <summary>
    /// Mistral: <c>[TOOL_CALLS][{"name": …, "arguments": {…}, "id": …}]</c>, a single such object, or
    /// <c>[TOOL_CALLS]name[CALL_ID]id[ARGS]{…}</c> once for each call, of which id and <c>[ARGS]</c> may be missing.
    /// </summary>
    Mistral,
}
