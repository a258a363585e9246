namespace ALoRA.Onnx;

/// <summary>What a <see cref="ToolCallReader"/> knows about the answer beside the format of its calls.</summary>
public sealed record ToolCallReaderOptions
{
    /// <summary>
    /// Names of the functions that may be called, which only <see cref="ToolCallFormat.Llama"/> needs: a JSON object without a mark is a
    /// call if it has one of these names. The default, null, takes every object for one that has a name and arguments or parameters.
    /// </summary>
    public IReadOnlySet<string>? ToolNames { get; init; }

    /// <summary>
    /// Marks of reasoning. The default value is <see cref="ReasoningMarks.Think"/> and <see cref="ReasoningMarks.MistralThink"/>; an empty
    /// list takes all marks for text.
    /// </summary>
    public IReadOnlyList<ReasoningMarks> Reasoning { get; init; } = [ReasoningMarks.Think, ReasoningMarks.MistralThink];

    /// <summary>
    /// The marks of reasoning that the prompt opened already, so that the answer begins within them. The default value, null, is none.
    /// </summary>
    public ReasoningMarks? StartsIn { get; init; }
}
