using System.Collections.Concurrent;
using ALoRA.Onnx.Cluster.Placement;
using ALoRA.Onnx.Cluster.Wire;
using ALoRA.Onnx.Server.Models;
using ALoRA.Onnx.Serving;
using ALoRA.Onnx.Serving.Requests;

namespace ALoRA.Onnx.Cluster.Nodes;

/// <summary>The runs of this server's engine that other servers read. Thread-safe.</summary>
internal sealed class HostedRuns(
    ServedModel served, LoadLedger ledger, ModelIdentity identity, IRowFetcher rows, RecentPrompts recent, TimeProvider time)
{
    /// <summary>How long a call waits for a token, after which it says that there is none yet.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    // A reader that waits for its own client says so far more often.
    private static readonly TimeSpan Forgotten = TimeSpan.FromSeconds(20);

    private readonly ConcurrentDictionary<Guid, Lazy<Task<HostedRun>>> _runs = [];
    private volatile bool _handsOver;

    /// <summary>Runs that have more to say.</summary>
    public int Unfinished => _runs.Values.Count(run => !run.Value.IsCompletedSuccessfully || !run.Value.Result.IsRead);

    /// <summary>Starts a run, unless it runs already, and gives its first tokens.</summary>
    public async Task<RunBatch> RunAsync(RunEnvelope envelope)
    {
        if (_handsOver)
        {
            return new RunBatch { State = RunState.HandsOver };
        }

        _runs.GetOrAdd(envelope.Run, _ => new Lazy<Task<HostedRun>>(() => Task.Run(() => StartAsync(envelope))));
        return await ReadAsync(envelope.Run, envelope.Answered.Length).ConfigureAwait(false);
    }

    /// <summary>Gives tokens of a run.</summary>
    public async Task<RunBatch> ReadAsync(Guid run, int from)
    {
        if (!_runs.TryGetValue(run, out Lazy<Task<HostedRun>>? found))
        {
            return new RunBatch { State = _handsOver ? RunState.HandsOver : RunState.Unknown };
        }

        HostedRun hosted;
        try
        {
            hosted = await found.Value.WaitAsync(Patience, time).ConfigureAwait(false);
        }
        catch (TimeoutException) when (!found.Value.IsCompleted)
        {
            // It fetches rows, or compiles a schema.
            return new RunBatch();
        }
#pragma warning disable CA1031 // The caller hears of it, whatever it is.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            if (exception is RefusedException refused)
            {
                return new RunBatch { State = RunState.Refused, Fault = FaultForm.Of(refused.InnerException!) };
            }

            (RunState state, FaultForm fault) = RunFaults.Of(exception);
            return new RunBatch { State = state, Fault = fault };
        }

        return await hosted.ReadAsync(from, Patience).ConfigureAwait(false);
    }

    /// <summary>Fetches the rows of a conversation of a server that stops, where it has the same model.</summary>
    public async Task TakeOverAsync(RunEnvelope envelope)
    {
        using ModelLease lease = served.Lease();
        if (!_handsOver && envelope.Version <= RunEnvelope.CurrentVersion && identity.Of(lease.Opened) == envelope.Fingerprint)
        {
            await rows.FetchAsync(lease.Opened, envelope).ConfigureAwait(false);
        }
    }

    /// <summary>Says that a run is still wanted.</summary>
    public void Touch(Guid run)
    {
        if (_runs.TryGetValue(run, out Lazy<Task<HostedRun>>? found) && found.Value.IsCompletedSuccessfully)
        {
            found.Value.Result.Touch();
        }
    }

    /// <summary>Ends a run.</summary>
    public async Task CancelAsync(Guid run)
    {
        if (_runs.TryRemove(run, out Lazy<Task<HostedRun>>? found))
        {
            try
            {
                HostedRun hosted = await found.Value.ConfigureAwait(false);
                await hosted.DisposeAsync().ConfigureAwait(false);
            }
#pragma warning disable CA1031 // It never started, and whoever asked for it was told why.
            catch (Exception)
#pragma warning restore CA1031
            {
            }
        }
    }

    /// <summary>Ends the runs of servers that have died, and those that nobody reads anymore.</summary>
    public async Task SweepAsync(Func<SiloAddress, bool> isDead)
    {
        foreach ((Guid id, Lazy<Task<HostedRun>> run) in _runs)
        {
            if (run.Value.IsFaulted
                || (run.Value.IsCompletedSuccessfully
                    && (run.Value.Result.Unread > Forgotten || (run.Value.Result.Owner is { } owner && isDead(owner)))))
            {
                await CancelAsync(id).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Takes no more, and ends those that run so that their readers go on elsewhere.</summary>
    public async Task HandOverAsync()
    {
        _handsOver = true;
        foreach (Lazy<Task<HostedRun>> run in _runs.Values)
        {
            try
            {
                HostedRun hosted = await run.Value.ConfigureAwait(false);
                await hosted.HandOverAsync().ConfigureAwait(false);
            }
#pragma warning disable CA1031 // It never started.
            catch (Exception)
#pragma warning restore CA1031
            {
            }
        }
    }

    private async Task<HostedRun> StartAsync(RunEnvelope envelope)
    {
        if (envelope.Version > RunEnvelope.CurrentVersion)
        {
            throw Refused(new NotSupportedException(
                $"The request is of version {envelope.Version}, but this server knows {RunEnvelope.CurrentVersion}. Update it."));
        }

        ModelLease lease = served.Lease();
        IDisposable? load = null;
        try
        {
            Check(lease.Opened, envelope);
            EngineRequest request = new()
            {
                Prompt = EncodedPrompt.FromTrusted(envelope.Prompt),
                Answered = envelope.Answered,
                Adapter = envelope.Adapter,
                ActivationPosition = envelope.ActivationPosition,
                CacheScope = envelope.CacheScope,
                Tenant = envelope.Tenant,
                Generation = envelope.Generation.Read(),
            };
            load = ledger.Add(RequestCost.Of(request));
            await rows.FetchAsync(lease.Opened, envelope).ConfigureAwait(false);
            EngineAnswer answer = lease.Opened.Engine.Submit(request);
            rows.Observe(answer.PromptUsage);
            recent.Note(envelope);
            await CheckAgainAsync(answer, lease.Opened, envelope).ConfigureAwait(false);
            return new HostedRun(envelope.Reader, envelope.Answered.Length, answer, new Both(load, lease), time);
        }
        catch (Exception exception)
        {
            load?.Dispose();
            lease.Dispose();

            // Unloaded after it was looked for; whoever asks knows whether it is so everywhere.
            if (exception is AdapterNotFoundException)
            {
                throw Refused(exception);
            }

            throw;
        }
    }

    // From here on it keeps its adapter loaded, so that the name is that of what it runs on.
    private async Task CheckAgainAsync(EngineAnswer answer, OpenedModel opened, RunEnvelope envelope)
    {
        try
        {
            Check(opened, envelope);
        }
        catch
        {
            await answer.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private void Check(OpenedModel opened, RunEnvelope envelope)
    {
        if (identity.Of(opened) != envelope.Fingerprint)
        {
            throw Refused(new InvalidOperationException("This server has another model."));
        }

        if (envelope.Adapter is not { } adapter)
        {
            return;
        }

        if (!opened.Adapters.Names.Contains(adapter, StringComparer.Ordinal)
            || PortableRequest.HashOf(opened.Model, adapter) != envelope.AdapterHash)
        {
            throw Refused(new InvalidOperationException($"This server has no adapter '{adapter}' with these weights."));
        }
    }

    private static RefusedException Refused(Exception cause) => new(cause);

    private sealed class RefusedException(Exception cause) : Exception(cause.Message, cause);

    private sealed class Both(IDisposable first, IDisposable second) : IDisposable
    {
        public void Dispose()
        {
            first.Dispose();
            second.Dispose();
        }
    }
}
