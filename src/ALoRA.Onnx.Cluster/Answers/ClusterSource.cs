using ALoRA.Onnx.Cluster.Nodes;
using ALoRA.Onnx.Cluster.Placement;
using ALoRA.Onnx.Cluster.Wire;
using ALoRA.Onnx.Server.Answers;
using ALoRA.Onnx.Server.Models;
using ALoRA.Onnx.Serving;
using ALoRA.Onnx.Serving.Requests;
using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Cluster.Answers;

/// <summary>
/// Where answers come from in a cluster: this server's engine, with nothing between, or that of another server. All answers of one HTTP
/// request come from one place.
/// </summary>
internal sealed class ClusterSource(
    NodeTable table, ClusterState state, LoadLedger ledger, ModelIdentity identity, INodes nodes, AloraClusterOptions options,
    ClusterMetrics metrics, IRowFetcher rows, RecentPrompts recent, TimeProvider time, ILogger<ClusterSource> logger)
    : IAnswerSource
{
    private readonly EngineSource _own = new();

    /// <inheritdoc/>
    public IAnswerSource For(AnswerGroup group)
    {
        if (state.Lost is not null || table.Members.Count < 2)
        {
            return new Placed(this, default, 0);
        }

        ulong key = RoutingKey.Of(group);
        long cost = group.Requests.Sum(RequestCost.Of);
        return new Placed(this, table.Choose(key, cost, identity.Of(group.Opened)), key);
    }

    /// <summary>An answer without a word of what else the request asks for.</summary>
    public RunningAnswer Start(OpenedModel opened, EngineRequest request, CancellationToken cancellationToken) =>
        For(new AnswerGroup(opened, [request], Beginning: null)).Start(opened, request, cancellationToken);

    private RunningAnswer StartHere(OpenedModel opened, EngineRequest request, ulong key, CancellationToken cancellationToken)
    {
        metrics.Local();
        IDisposable load = ledger.Add(RequestCost.Of(request));
        try
        {
            RunningAnswer answer = _own.Start(opened, request, cancellationToken);
            rows.Observe(answer.Prompt);
            recent.Note(request, key, identity.Of(opened));
            return answer with { Owner = new Counted(answer.Owner, load) };
        }
        catch
        {
            load.Dispose();
            throw;
        }
    }

    private RunningAnswer StartThere(
        OpenedModel opened, EngineRequest request, Place place, ulong key, CancellationToken cancellationToken)
    {
        // What is wrong with the request is said here, before another server is asked.
        EngineRequest pinned = PortableRequest.Pin(opened.Model, request);
        RunEnvelope envelope = new()
        {
            Run = Guid.NewGuid(),
            Fingerprint = identity.Of(opened),
            Prompt = pinned.Prompt.Ids.ToArray(),
            Adapter = pinned.Adapter,
            AdapterHash = PortableRequest.HashOf(opened.Model, pinned.Adapter),
            ActivationPosition = pinned.ActivationPosition,
            CacheScope = pinned.CacheScope,
            Tenant = pinned.Tenant,
            Generation = GenerationForm.Of(pinned.Generation!),
            Key = key,
            Previous = place.Previous,
            Reader = table.Self,
        };
        RemoteAnswer answer = new(
            new RemoteParts(nodes, table, options, metrics, rows, time, logger), opened, pinned, envelope, place.Node, ledger,
            cancellationToken);
        return new RunningAnswer(answer, answer.PromptUsage, answer);
    }

    private sealed class Placed(ClusterSource source, Place place, ulong key) : IAnswerSource
    {
        public RunningAnswer Start(OpenedModel opened, EngineRequest request, CancellationToken cancellationToken) =>
            place is { Node: null, Previous: null } || !PortableRequest.IsPortable(request)
                ? source.StartHere(opened, request, key, cancellationToken)
                : source.StartThere(opened, request, place, key, cancellationToken);
    }

    private sealed class Counted(IAsyncDisposable answer, IDisposable load) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            load.Dispose();
            return answer.DisposeAsync();
        }
    }
}
