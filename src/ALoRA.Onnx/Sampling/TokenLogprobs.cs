namespace ALoRA.Onnx;

/// <summary>
/// Log-probabilities of a generated token and of the most likely ones: the model's softmax at temperature 1, before and after the
/// constraint.
/// </summary>
/// <remarks>Servers such as vLLM return the values after the constraint. Without a constraint, both are the same.</remarks>
public sealed record TokenLogprobs
{
    /// <summary>The generated token among those that <see cref="GenerationOptions.Constraint"/> allows.</summary>
    public required TokenLogprob Token { get; init; }

    /// <summary>
    /// The most likely tokens that the constraint allows, in descending order: <see cref="GenerationOptions.TopLogprobs"/> of them, or
    /// fewer if fewer are allowed.
    /// </summary>
    public required IReadOnlyList<TokenLogprob> Top { get; init; }

    /// <summary>The generated token among all tokens.</summary>
    public required TokenLogprob UnconstrainedToken { get; init; }

    /// <summary>The most likely of all tokens, in descending order.</summary>
    public required IReadOnlyList<TokenLogprob> UnconstrainedTop { get; init; }
}
