namespace ALoRA.Onnx.Extensions.AI.Tools;

/// <summary>How chat templates give away the format of a model's tool calls.</summary>
internal static class ToolCallFormats
{
    /// <summary>
    /// The format that a chat template writes; <see cref="ToolCallFormat.None"/> if it shows none of those that are known.
    /// </summary>
    public static ToolCallFormat Detect(string template)
    {
        // Without the variable no declaration would reach the model.
        // Tags in place of JSON are formats of their own (GLM, MiniMax, functionary, Qwen 3.5).
        if (!template.Contains("tools", StringComparison.Ordinal) || HasAny(template, "<function=", "<arg_key>", "<parameter", "<invoke"))
        {
            return ToolCallFormat.None;
        }

        return HasAny(template, ToolCallMarks.Mistral) ? ToolCallFormat.Mistral
            : HasAny(template, ToolCallMarks.Granite) ? ToolCallFormat.Granite
            : HasAny(template, ToolCallMarks.Hermes) && HasAny(template, "{\"name\":", "{\\\"name\\\":", "'name':") ? ToolCallFormat.Hermes
            : HasAny(template, "\"parameters\": ") && HasAny(template, ToolCallMarks.Llama, "<|start_header_id|>") ? ToolCallFormat.Llama
            : ToolCallFormat.None;
    }

    private static bool HasAny(string template, params ReadOnlySpan<string> marks)
    {
        foreach (string mark in marks)
        {
            if (template.Contains(mark, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }
}
