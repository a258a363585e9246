using System.Runtime.CompilerServices;
using ALoRA.Onnx.Cluster.Nodes;
using ALoRA.Onnx.Cluster.Placement;
using ALoRA.Onnx.Cluster.Wire;
using ALoRA.Onnx.Server.Errors;
using ALoRA.Onnx.Server.Models;
using ALoRA.Onnx.Serving;
using ALoRA.Onnx.Serving.Requests;

namespace ALoRA.Onnx.Cluster.Answers;

/// <summary>
/// An answer that another server's engine computes, or this one's after it has fetched rows, and a further one if that dies: the ids so far
/// are the truth, which the next server reads behind the prompt and goes on from, so that the reader sees a pause and no token lost,
/// repeated or different.
/// </summary>
internal sealed class RemoteAnswer : IAsyncEnumerable<GeneratedToken>, IAsyncDisposable
{
    private readonly TaskCompletionSource<TokenUsage> _promptUsage = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _cancelled;
    private readonly List<int> _answered = [];
    private readonly HashSet<SiloAddress> _failed = [];
    private readonly HashSet<SiloAddress> _silent = [];
    private readonly RemoteParts _parts;
    private readonly OpenedModel _opened;
    private readonly EngineRequest _request;
    private readonly LoadLedger _own;
    private readonly long _cost;
    private RunEnvelope _envelope;
    private SiloAddress? _node;
    private int _resumes;
    private int _isDisposed;
    private long? _brokenSince;

    public RemoteAnswer(
        RemoteParts parts, OpenedModel opened, EngineRequest request, RunEnvelope envelope, SiloAddress? node, LoadLedger own,
        CancellationToken cancellationToken)
    {
        _parts = parts;
        _opened = opened;
        _request = request;
        _envelope = envelope;
        _node = node;
        _own = own;
        _cost = RequestCost.Of(request);
        _cancelled = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

        // Nobody may ask for it, and then nobody sees that it failed.
        _ = _promptUsage.Task.ContinueWith(
            task => task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }

    /// <summary>Tokens of the prompt that were found where the answer began.</summary>
    public Task<TokenUsage> PromptUsage => _promptUsage.Task;

    /// <inheritdoc/>
    public async IAsyncEnumerator<GeneratedToken> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        using CancellationTokenSource both = CancellationTokenSource.CreateLinkedTokenSource(_cancelled.Token, cancellationToken);
        bool isOver = false;
        while (!isOver)
        {
            IAsyncEnumerable<GeneratedToken> attempt = _node is null ? ReadHereAsync(both.Token) : ReadThereAsync(_node, both.Token);
            await foreach (GeneratedToken token in attempt.ConfigureAwait(false))
            {
                Arrived(token);
                isOver = token.FinishReason is not null;
                yield return token;
            }

            if (!isOver)
            {
                MoveOn();
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            await _cancelled.CancelAsync().ConfigureAwait(false);
            _promptUsage.TrySetCanceled();
            _cancelled.Dispose();
        }
    }

    private void Arrived(GeneratedToken token)
    {
        _answered.Add(token.Id);
        if (_brokenSince is { } since)
        {
            _parts.Metrics.Pauses.Add(_parts.Time.GetElapsedTime(since));
            _brokenSince = null;
        }
    }

    // Tokens of one server, until the answer's end or the server's.
    private async IAsyncEnumerable<GeneratedToken> ReadThereAsync(
        SiloAddress node, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        _parts.Metrics.Remote();
        _envelope = _envelope with { Run = Guid.NewGuid(), Answered = [.. _answered], Attempt = _envelope.Attempt + 1 };
        RemoteRun run = new(_parts, node, _envelope);
        using IDisposable sent = _parts.Table.Send(node, _cost);
        ReadAhead ahead = new(run, _answered.Count, cancellationToken);
        try
        {
            while (true)
            {
                (RunBatch? batch, string? problem) = await ahead.NextAsync().ConfigureAwait(false);
                if (batch is null)
                {
                    Broken(node, problem!);
                    yield break;
                }

                if (batch.Prompt is { } prompt)
                {
                    _promptUsage.TrySetResult(prompt.Read());
                }

                foreach (TokenDelta delta in batch.Tokens)
                {
                    yield return delta.Read();
                }

                if (batch.State != RunState.Runs)
                {
                    End(node, batch);
                    yield break;
                }
            }
        }
        finally
        {
            await ahead.DisposeAsync().ConfigureAwait(false);
            run.Cancel();
        }
    }

    // The same on this server, where nobody else is left or the answer belongs here now.
    private async IAsyncEnumerable<GeneratedToken> ReadHereAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        _parts.Metrics.Local();
        using IDisposable load = _own.Add(_cost);
        await _parts.Rows.FetchAsync(_opened, _envelope with { Answered = [.. _answered] }).ConfigureAwait(false);
        EngineAnswer answer = SubmitHere(cancellationToken);
        _parts.Rows.Observe(answer.PromptUsage);
        await using (((IAsyncDisposable)answer).ConfigureAwait(false))
        {
            // From here on it keeps its adapter loaded, so that the name is that of what it runs on.
            if (PortableRequest.HashOf(_opened.Model, _envelope.Adapter) != _envelope.AdapterHash)
            {
                throw Fail(ApiError.Unavailable(
                    $"The adapter '{_envelope.Adapter}' was replaced while the answer went on. Send the request again.",
                    "adapter_replaced"));
            }

            ConfiguredCancelableAsyncEnumerable<GeneratedToken> tokens = answer.WithCancellation(cancellationToken).ConfigureAwait(false);
            await foreach (GeneratedToken token in tokens)
            {
                if (answer.PromptUsage.IsCompletedSuccessfully)
                {
                    _promptUsage.TrySetResult(await answer.PromptUsage.ConfigureAwait(false));
                }

                yield return token;
            }
        }
    }

    private EngineAnswer SubmitHere(CancellationToken cancellationToken)
    {
        try
        {
            return _opened.Engine.Submit(_request with { Answered = _answered.ToArray() }, cancellationToken);
        }
        catch (AdapterNotFoundException exception)
        {
            throw Fail(ApiError.Of(exception));
        }
    }

    private void Broken(SiloAddress node, string problem)
    {
        _silent.Add(node);
        _parts.Table.Suspect(node);
        _parts.Metrics.Resume();
        _parts.Logger.Resumed(_answered.Count, node.Endpoint, problem);
        if (++_resumes > _parts.Options.MaxResumes)
        {
            throw Fail(ApiError.Unavailable(
                $"{_resumes} servers died while they answered this request. Send it again.", "servers_died"));
        }
    }

    private void End(SiloAddress node, RunBatch batch)
    {
        switch (batch.State)
        {
            case RunState.Failed:
                throw Fail(batch.Fault!.Read());
            case RunState.HandsOver:
                _parts.Metrics.HandOver();
                break;
            case RunState.Refused:
                _parts.Metrics.Refuse();
                break;
            case RunState.Unknown:
                // It was started again under the same name, or has given the run up.
                Broken(node, nameof(RunState.Unknown));
                break;
        }
    }

    private void MoveOn()
    {
        _brokenSince ??= _parts.Time.GetTimestamp();
        if (_node is null)
        {
            throw Fail(ApiError.Of(new OperationCanceledException()));
        }

        _failed.Add(_node);
        Place place = _parts.Table.Choose(_envelope.Key, _cost, _envelope.Fingerprint, takesOwn: true, _failed);
        _node = place.Node;

        // One that hands over still has the rows; one that did not answer has none to give.
        _envelope = _envelope with { Previous = place.Previous is { } previous && !_silent.Contains(previous) ? previous : null };
    }

    private ApiError Fail(ApiError error)
    {
        _promptUsage.TrySetException(error);
        return error;
    }
}
