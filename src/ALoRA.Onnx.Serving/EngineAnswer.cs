namespace ALoRA.Onnx.Serving;

/// <summary>
/// The answer of a request, token by token. It is read once, by one reader; whoever submitted the request disposes it, which cancels the
/// request if it still runs.
/// </summary>
public sealed class EngineAnswer : IAsyncEnumerable<GeneratedToken>, IAsyncDisposable
{
    /// <summary>
    /// Tokens of the prompt that were found and those that were computed, and the time from <see cref="AloraEngine.Submit"/> to the
    /// prompt's last row. Known when the prompt is computed; fails as the request fails.
    /// </summary>
    public Task<TokenUsage> PromptUsage => throw new NotImplementedException();

    /// <summary>Reads the tokens; the last one has finish reason and usage.</summary>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="InvalidOperationException">
    /// A second reader began, the logits hold no number, the adapter's weights overflow, or the constraint can't be written.
    /// </exception>
    public IAsyncEnumerator<GeneratedToken> GetAsyncEnumerator(CancellationToken cancellationToken = default) =>
        throw new NotImplementedException();

    /// <summary>Reads the whole answer.</summary>
    /// <inheritdoc cref="GetAsyncEnumerator"/>
    public Task<GenerationResult> ToEndAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Cancels the request if it still runs; its place is free at the next step.</summary>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
