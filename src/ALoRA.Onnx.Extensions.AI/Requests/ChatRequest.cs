using Microsoft.Extensions.AI;

namespace ALoRA.Onnx.Extensions.AI.Requests;

/// <summary>A request that was checked as a whole: what to prompt with, how to generate, how to read the answer.</summary>
internal sealed record ChatRequest
{
    /// <summary>The rendered messages.</summary>
    public required EncodedPrompt Prompt { get; init; }

    /// <summary>How the answer is generated.</summary>
    public required GenerationOptions Generation { get; init; }

    /// <summary>Adapter to answer under; null is the base.</summary>
    public string? Adapter { get; init; }

    /// <summary>For whom it is answered; null for everyone who names no scope.</summary>
    public string? CacheScope { get; init; }

    /// <summary>How calls are written; <see cref="ToolCallFormat.None"/> if the request brings no tools that may be called.</summary>
    public ToolCallFormat Format { get; init; }

    /// <summary>The tools that may be called.</summary>
    public IReadOnlyList<AIFunctionDeclaration> Tools { get; init; } = [];

    /// <summary>
    /// What the answer starts with because it has to; the end of <see cref="Prompt"/>, and the start of what the reader sees.
    /// </summary>
    public string Opening { get; init; } = "";

    /// <summary>Marks of reasoning that the answer may hold.</summary>
    public IReadOnlyList<ReasoningMarks> Reasoning { get; init; } = [];

    /// <summary>Marks of reasoning that the prompt left open; null if there are none.</summary>
    public ReasoningMarks? StartsIn { get; init; }

    /// <summary>Whether the answer ends after its first call.</summary>
    public bool IsSingleCall { get; init; }

    /// <summary>A reader for the answer; null if it can be nothing but text.</summary>
    public ToolCallReader? CreateReader()
    {
        if (Format == ToolCallFormat.None && Reasoning.Count == 0)
        {
            return null;
        }

        ToolCallReader reader = new(Format, new ToolCallReaderOptions
        {
            ToolNames = Tools.Select(tool => tool.Name).ToHashSet(StringComparer.Ordinal),
            Reasoning = Reasoning,
            StartsIn = StartsIn,
        });
        reader.Push(Opening);
        return reader;
    }
}
