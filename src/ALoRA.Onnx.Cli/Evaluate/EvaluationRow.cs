namespace ALoRA.Onnx.Cli.Evaluate;

/// <summary>A question, and what is known of its answer.</summary>
/// <param name="Messages">The conversation up to the question.</param>
/// <param name="Answer">The answer to judge; null if the model is to give it.</param>
/// <param name="IsRight">Whether the answer is right; null if it is to be compared with <paramref name="Gold"/>.</param>
/// <param name="Gold">The right answers.</param>
internal sealed record EvaluationRow(IReadOnlyList<PromptMessage> Messages, string? Answer, bool? IsRight, IReadOnlyList<string> Gold)
{
    /// <summary>
    /// Whether an answer is right: what the row says, or whether it is one of the right ones but for white space at its ends.
    /// </summary>
    public bool Judge(string answer) => IsRight ?? Gold.Any(gold => string.Equals(gold.Trim(), answer.Trim(), StringComparison.Ordinal));
}
