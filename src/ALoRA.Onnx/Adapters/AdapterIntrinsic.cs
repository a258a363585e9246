namespace ALoRA.Onnx;

/// <summary>
/// How an adapter without <c>io.yaml</c> is invoked and what it answers, from its <c>adapter.json</c>.
/// The answer is free text if there are neither choices nor a schema.
/// </summary>
public sealed record AdapterIntrinsic
{
    /// <summary>Where the invocation stands. The default value is <see cref="InvocationPlacement.Appended"/>.</summary>
    public InvocationPlacement Placement { get; init; }

    /// <summary>The invocation as text; null if it was not given.</summary>
    public string? InvocationText { get; init; }

    /// <summary>The answers that are possible; empty if they are not limited to a list.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>JSON schema of the answer, JSON text; null if there is none.</summary>
    public string? JsonSchema { get; init; }

    /// <summary>Most tokens of the answer; null for the default.</summary>
    public int? MaxNewTokens { get; init; }
}
