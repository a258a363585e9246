using ALoRA.Onnx.Sampling;
using ALoRA.Onnx.Serving.Requests;

namespace ALoRA.Onnx.Serving;

/// <summary>
/// The answer of a request, token by token. It is read once, by one reader; whoever submitted the request disposes it, which cancels the
/// request if it still runs.
/// </summary>
public sealed class EngineAnswer : IAsyncEnumerable<GeneratedToken>, IAsyncDisposable
{
    private readonly LiveRequest _request;
    private readonly Action _wake;
    private readonly int _unreadToWake;
    private int _readers;

    internal EngineAnswer(LiveRequest request, int unreadToWake, Action wake)
    {
        _request = request;
        _unreadToWake = unreadToWake;
        _wake = wake;
    }

    /// <summary>
    /// Tokens of the prompt that were found and those that were computed, and the time from <see cref="AloraEngine.Submit"/> to the
    /// prompt's last row. Known when the prompt is computed; fails as the request fails.
    /// </summary>
    public Task<TokenUsage> PromptUsage => _request.PromptUsage;

    /// <summary>Reads the tokens; the last one has finish reason and usage.</summary>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="InvalidOperationException">
    /// A second reader began, the logits hold no number, the adapter's weights overflow, or the constraint can't be written.
    /// </exception>
    /// <exception cref="AloraBusyException">The request waited too long for its turn.</exception>
    /// <exception cref="TimeoutException">Tokens waited too long for the reader.</exception>
    public async IAsyncEnumerator<GeneratedToken> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _readers, 1) != 0)
        {
            throw new InvalidOperationException("The answer is read already. Submit the request again for a second answer.");
        }

        using CancellationTokenRegistration registration = cancellationToken.Register(_request.Cancel);
        while (await _request.WaitAsync(cancellationToken).ConfigureAwait(false))
        {
            while (_request.TryTake(out GeneratedToken token))
            {
                if (_request.Unread == _unreadToWake)
                {
                    _wake();
                }

                yield return token;
            }
        }
    }

    /// <summary>Reads the whole answer.</summary>
    /// <inheritdoc cref="GetAsyncEnumerator"/>
    public async Task<GenerationResult> ToEndAsync(CancellationToken cancellationToken = default)
    {
        CollectedGeneration collected = new();
        await foreach (GeneratedToken token in this.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            collected.Add(token);
        }

        return collected.Result ?? throw new InvalidOperationException("The answer ended without its last token.");
    }

    /// <summary>Cancels the request if it still runs; its place is free at the next step.</summary>
    public ValueTask DisposeAsync()
    {
        _request.Cancel();
        return ValueTask.CompletedTask;
    }
}
