namespace ALoRA.Onnx.Cli.Chat;

/// <summary>A generated answer.</summary>
/// <param name="Text">Its text.</param>
/// <param name="FinishReason">Why it ended.</param>
/// <param name="Prefill">What of the prompt was reused and computed before it.</param>
/// <param name="Generation">What was generated, and times.</param>
internal sealed record ChatAnswer(string Text, FinishReason FinishReason, TokenUsage Prefill, TokenUsage Generation)
{
    /// <summary>Whether the user stopped it; the text is then what there was, and the figures of its generation are not known.</summary>
    public bool IsStopped { get; init; }

    /// <summary>From the start of the prompt to the first token.</summary>
    public TimeSpan TimeToFirstToken => Prefill.TimeToFirstToken + Generation.TimeToFirstToken;
}
