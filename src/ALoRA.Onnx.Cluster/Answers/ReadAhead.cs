using System.Threading.Channels;
using ALoRA.Onnx.Cluster.Wire;

namespace ALoRA.Onnx.Cluster.Answers;

/// <summary>
/// Reads a run while its reader is busy, a few batches ahead and no more: a client that reads slowly makes the engine rest, and the run is
/// told that it is still wanted.
/// </summary>
internal sealed class ReadAhead : IAsyncDisposable
{
    private const int Batches = 4;
    private static readonly TimeSpan TouchInterval = TimeSpan.FromSeconds(5);

    private readonly Channel<(RunBatch? Batch, string? Problem)> _batches =
        Channel.CreateBounded<(RunBatch? Batch, string? Problem)>(
            new BoundedChannelOptions(Batches) { SingleReader = true, SingleWriter = true });

    private readonly CancellationTokenSource _stopped;
    private readonly Task _reading;

    /// <param name="run">The run.</param>
    /// <param name="from">Index of the first token that is wanted.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public ReadAhead(RemoteRun run, int from, CancellationToken cancellationToken)
    {
        _stopped = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _reading = ReadAsync(run, from, _stopped.Token);
    }

    /// <summary>The next tokens; no batch, but a problem, where the server does not answer.</summary>
    /// <exception cref="OperationCanceledException">It was ended.</exception>
    public async ValueTask<(RunBatch? Batch, string? Problem)> NextAsync() =>
        await _batches.Reader.ReadAsync(_stopped.Token).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopped.CancelAsync().ConfigureAwait(false);
        await _reading.ConfigureAwait(false);
        _stopped.Dispose();
    }

    private async Task ReadAsync(RemoteRun run, int from, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                (RunBatch? batch, string? problem) = await run.ReadAsync(from, cancellationToken).ConfigureAwait(false);
                from += batch?.Tokens.Length ?? 0;
                if (batch is null || batch.Tokens.Length > 0 || batch.State != RunState.Runs)
                {
                    await WriteAsync((batch, problem), run, cancellationToken).ConfigureAwait(false);
                }

                if (batch is null || batch.State != RunState.Runs)
                {
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
#pragma warning disable CA1031 // The reader hears of it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _batches.Writer.TryComplete(exception);
        }
    }

    private async ValueTask WriteAsync((RunBatch?, string?) batch, RemoteRun run, CancellationToken cancellationToken)
    {
        while (!_batches.Writer.TryWrite(batch))
        {
            Task<bool> room = _batches.Writer.WaitToWriteAsync(cancellationToken).AsTask();
            while (await Task.WhenAny(room, Task.Delay(TouchInterval, cancellationToken)).ConfigureAwait(false) != room)
            {
                cancellationToken.ThrowIfCancellationRequested();
                run.Touch();
            }

            await room.ConfigureAwait(false);
        }
    }
}
