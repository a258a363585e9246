namespace ALoRA.Onnx.Training;

/// <summary>A row of the data as token ids. Immutable.</summary>
public sealed record TrainingExample
{
    /// <summary>The file that it is from.</summary>
    public required string File { get; init; }

    /// <summary>Its line there, from 1.</summary>
    public required int Line { get; init; }

    /// <summary>Prompt, invocation, completion and the end of the turn.</summary>
    public required ReadOnlyMemory<int> Ids { get; init; }

    /// <summary>Index of the first id that the adapter acts on: an activated LoRA's first invocation token, 0 for a plain LoRA.</summary>
    public required int ActivationStart { get; init; }

    /// <summary>Index of the completion's first id; it and all behind it are what is trained.</summary>
    public required int CompletionStart { get; init; }

    /// <summary>The completion's text.</summary>
    public required string Completion { get; init; }

    /// <summary>The member <c>correct</c>, for the evaluation of certainties; null if the row has none.</summary>
    public bool? Correct { get; init; }

    /// <summary>Tokens of the prompt that were cut on the left.</summary>
    public int CutTokens { get; init; }
}
