namespace ALoRA.Onnx;

/// <summary>The marks that models write around tool calls; in most vocabularies each is one token.</summary>
public static class ToolCallMarks
{
    /// <summary>Granite 3 writes it before its list of calls.</summary>
    public const string Granite = "<|tool_call|>";

    /// <summary>Granite 4, Qwen and Hermes write it before a call; some checkpoints of Granite 3 before a list.</summary>
    public const string Hermes = "<tool_call>";

    /// <summary>What a call behind <see cref="Hermes"/> ends with.</summary>
    public const string HermesEnd = "</tool_call>";

    /// <summary>Llama 3 may write it before a call.</summary>
    public const string Llama = "<|python_tag|>";

    /// <summary>Mistral writes it before a call, or before a list of calls.</summary>
    public const string Mistral = "[TOOL_CALLS]";

    /// <summary>What some models close a list behind <see cref="Mistral"/> with.</summary>
    public const string MistralEnd = "[/TOOL_CALLS]";

    /// <summary>Mistral: between a function's name and the call's id.</summary>
    public const string MistralId = "[CALL_ID]";

    /// <summary>Mistral: before a call's arguments.</summary>
    public const string MistralArguments = "[ARGS]";

    /// <summary>All marks of a format: the special tokens among them must be visible in the text that a reader gets.</summary>
    /// <param name="format">The format; none are known for <see cref="ToolCallFormat.Auto"/> and <see cref="ToolCallFormat.None"/>.</param>
    /// <returns>The marks; first the one that the format is known by.</returns>
    public static IReadOnlyList<string> Of(ToolCallFormat format) => [.. Openings(format), .. Endings(format), .. Inner(format)];

    /// <summary>What a call may start with.</summary>
    internal static string[] Openings(ToolCallFormat format) => format switch
    {
        ToolCallFormat.Granite => [Granite, Hermes],
        ToolCallFormat.Hermes => [Hermes],
        ToolCallFormat.Llama => [Llama],
        ToolCallFormat.Mistral => [Mistral],
        _ => [],
    };

    /// <summary>What closes an opening.</summary>
    internal static string[] Endings(ToolCallFormat format) => format switch
    {
        ToolCallFormat.Granite or ToolCallFormat.Hermes => [HermesEnd],
        ToolCallFormat.Mistral => [MistralEnd],
        _ => [],
    };

    private static string[] Inner(ToolCallFormat format) => format == ToolCallFormat.Mistral ? [MistralId, MistralArguments] : [];
}
