namespace ALoRA.Onnx.Extensions.AI.Tools;

/// <summary>What the formats of tool calls have in common: how templates give them away, their marks, their parsers.</summary>
internal static class ToolCallFormats
{
    public const string GraniteMark = "<|tool_call|>";
    public const string HermesMark = "<tool_call>";
    public const string LlamaMark = "<|python_tag|>";
    public const string MistralMark = "[TOOL_CALLS]";

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

        return HasAny(template, MistralMark) ? ToolCallFormat.Mistral
            : HasAny(template, GraniteMark) ? ToolCallFormat.Granite
            : HasAny(template, HermesMark) && HasAny(template, "{\"name\":", "{\\\"name\\\":", "'name':") ? ToolCallFormat.Hermes
            : HasAny(template, "\"parameters\": ") && HasAny(template, LlamaMark, "<|start_header_id|>") ? ToolCallFormat.Llama
            : ToolCallFormat.None;
    }

    /// <summary>Texts that single tokens stand for, special ones among them, and that a parser must see.</summary>
    public static IReadOnlyList<string> MarksOf(ToolCallFormat format) => format switch
    {
        ToolCallFormat.Granite => [GraniteMark, HermesMark],
        ToolCallFormat.Hermes => [HermesMark, HermesToolCallParser.End],
        ToolCallFormat.Llama => [LlamaMark],
        ToolCallFormat.Mistral => [MistralMark, MistralToolCallParser.CallId, MistralToolCallParser.Arguments],
        _ => [],
    };

    /// <summary>A parser for one answer.</summary>
    /// <param name="format">A format, neither <see cref="ToolCallFormat.Auto"/> nor <see cref="ToolCallFormat.None"/>.</param>
    /// <param name="toolNames">Names of the tools that the request brought.</param>
    public static ToolCallParser CreateParser(ToolCallFormat format, IReadOnlySet<string> toolNames) => format switch
    {
        ToolCallFormat.Granite => new GraniteToolCallParser(),
        ToolCallFormat.Hermes => new HermesToolCallParser(),
        ToolCallFormat.Llama => new LlamaToolCallParser(toolNames),
        ToolCallFormat.Mistral => new MistralToolCallParser(),
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "There is no parser for this format."),
    };

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
