
namespace ALoRA.Onnx.Server.Answers;

/// <summary>An answer that is being generated; disposing it ends it.</summary>
/// <param name="Tokens">Its tokens, read once.</param>
/// <param name="Prompt">Tokens of the prompt that were found and that were computed; known with the first token.</param>
/// <param name="Owner">What ends it.</param>
internal sealed record RunningAnswer(IAsyncEnumerable<GeneratedToken> Tokens, Task<TokenUsage> Prompt, IAsyncDisposable Owner)
    : IAsyncDisposable
{
    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Owner.DisposeAsync();
}
