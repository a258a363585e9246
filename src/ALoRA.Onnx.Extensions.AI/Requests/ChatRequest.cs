using ALoRA.Onnx.Extensions.AI.Tools;
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
    /// What the answer starts with because it has to; the end of <see cref="Prompt"/>, and the start of what the parser sees.
    /// </summary>
    public string Opening { get; init; } = "";

    /// <summary>Whether the answer ends after its first call.</summary>
    public bool IsSingleCall { get; init; }

    /// <summary>A parser for the answer; null if it can't hold calls.</summary>
    public ToolCallParser? CreateParser()
    {
        if (Format == ToolCallFormat.None)
        {
            return null;
        }

        ToolCallParser parser = ToolCallFormats.CreateParser(Format, Tools.Select(tool => tool.Name).ToHashSet(StringComparer.Ordinal));
        parser.Push(Opening);
        return parser;
    }
}
