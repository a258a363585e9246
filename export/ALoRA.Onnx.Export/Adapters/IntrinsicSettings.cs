namespace ALoRA.Onnx.Export;

/// <summary>
/// How an adapter without <c>io.yaml</c> is invoked and what it answers; recorded in its <c>adapter.json</c>.
/// Free text, if neither choices nor a schema are given.
/// </summary>
public sealed record IntrinsicSettings
{
    /// <summary>
    /// The invocation as text. For an activated LoRA it must give its ids with the base's tokenizer,
    /// which the caller checks; a plain LoRA has it appended. Default: null.
    /// </summary>
    public string? InvocationText { get; init; }

    /// <summary>
    /// Whether the invocation is already inside of the rendered prompt, such as the
    /// assistant's header, instead of being appended. Default: false.
    /// </summary>
    public bool InvocationInPrompt { get; init; }

    /// <summary>The answers that are possible. Default: none.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>The JSON schema of the answer, JSON text. Default: null.</summary>
    public string? JsonSchema { get; init; }

    /// <summary>Most tokens of the answer. Default: null, the runtime's default.</summary>
    public int? MaxNewTokens { get; init; }
}
