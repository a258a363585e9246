namespace ALoRA.Onnx;

/// <summary>
/// How likely a generated token was, and which ones were likeliest: by the model's
/// softmax at temperature 1, before and after the constraint.
/// </summary>
/// <remarks>Servers such as vLLM give the values after the constraint; without one, both are the same.</remarks>
public sealed record TokenLogprobs
{
    /// <summary>The generated token among those that <see cref="GenerationOptions.Constraint"/> allows.</summary>
    public required TokenLogprob Token { get; init; }

    /// <summary>
    /// The likeliest tokens that the constraint allows, likeliest first; at most
    /// <see cref="GenerationOptions.TopLogprobs"/>, fewer if fewer are allowed.
    /// </summary>
    public required IReadOnlyList<TokenLogprob> Top { get; init; }

    /// <summary>The generated token among all tokens.</summary>
    public required TokenLogprob UnconstrainedToken { get; init; }

    /// <summary>The likeliest of all tokens, likeliest first.</summary>
    public required IReadOnlyList<TokenLogprob> UnconstrainedTop { get; init; }
}
