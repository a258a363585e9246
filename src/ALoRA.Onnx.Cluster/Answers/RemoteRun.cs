using ALoRA.Onnx.Cluster.Nodes;
using ALoRA.Onnx.Cluster.Wire;

namespace ALoRA.Onnx.Cluster.Answers;

/// <summary>One attempt at a request on another server. One reader.</summary>
internal sealed class RemoteRun(RemoteParts parts, SiloAddress node, RunEnvelope envelope)
{
    // The other side answers within its patience, so that whoever is silent for longer is asked again: a server that has died refuses the
    // connection then, long before it is declared dead.
    private static readonly TimeSpan Suspicious = HostedRuns.Patience + TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(100);

    private readonly INodeService _service = parts.Nodes.At(node);
    private bool _isStarted;

    /// <summary>The server.</summary>
    public SiloAddress Node => node;

    /// <summary>Reads tokens from an index on; none if there are none yet.</summary>
    /// <returns>The tokens, or why the server does not answer.</returns>
    public async Task<(RunBatch? Batch, string? Problem)> ReadAsync(int from, CancellationToken cancellationToken)
    {
        long since = parts.Time.GetTimestamp();
        List<Task<RunBatch>> calls = [];
        while (true)
        {
            calls.Add(CallAsync(from));
            string? problem = null;
            while (problem is null && calls.Count > 0)
            {
                Task<Task<RunBatch>> any = Task.WhenAny(calls);
                try
                {
                    Task<RunBatch> call = await any.WaitAsync(Suspicious, parts.Time, cancellationToken).ConfigureAwait(false);
                    calls.Remove(call);
                    if (call.IsCompletedSuccessfully)
                    {
                        _isStarted = true;
                        return (call.Result, null);
                    }

                    problem = call.Exception?.InnerException?.GetType().Name ?? "cancelled";
                }
                catch (TimeoutException)
                {
                    // It is slow or dead: a further call tells.
                    problem = nameof(TimeoutException);
                }
            }

            TimeSpan elapsed = parts.Time.GetElapsedTime(since);
            if (!parts.Table.IsMember(node) || elapsed >= parts.Options.ResponseTimeout || IsGone(problem, elapsed))
            {
                _ = calls.Select(call => call.ContinueWith(
                    task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default))
                    .ToArray();
                return (null, problem);
            }

            await Task.Delay(BetweenTries, parts.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Says that it is still wanted.</summary>
    public void Touch() => Forget(() => _service.Touch(envelope.Run));

    /// <summary>Ends it, wherever it stands.</summary>
    public void Cancel() => Forget(() => _service.Cancel(envelope.Run));

    // Refused twice in a row: nobody listens there.
    private static bool IsGone(string? problem, TimeSpan elapsed) =>
        problem == nameof(SiloUnavailableException) || (problem != nameof(TimeoutException) && elapsed > BetweenTries * 2);

    private Task<RunBatch> CallAsync(int from)
    {
        try
        {
            return _isStarted ? _service.Read(envelope.Run, from) : _service.Run(envelope);
        }
        catch (OrleansException exception)
        {
            return Task.FromException<RunBatch>(exception);
        }
    }

    private static void Forget(Func<Task> call)
    {
        try
        {
            _ = call().ContinueWith(
                task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        }
        catch (OrleansException)
        {
            // It is gone, and what ran there as well.
        }
    }
}
