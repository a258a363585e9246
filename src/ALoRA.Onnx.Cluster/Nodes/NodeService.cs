using ALoRA.Onnx.Cluster.Wire;
using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Cluster.Nodes;

/// <summary>Answers other servers. Whatever takes a while is done on the pool, so that others are not kept waiting.</summary>
internal sealed class NodeService(
    GrainId id, Silo silo, ILoggerFactory loggers, HostedRuns runs, NodeTable table)
    : GrainService(id, silo, loggers), INodeService
{
    public Task<RunBatch> Run(RunEnvelope envelope) => Task.Run(() => runs.RunAsync(envelope));

    public Task<RunBatch> Read(Guid run, int from) => Task.Run(() => runs.ReadAsync(run, from));

    public Task Touch(Guid run)
    {
        runs.Touch(run);
        return Task.CompletedTask;
    }

    public Task Cancel(Guid run) => Task.Run(() => runs.CancelAsync(run));

    public Task Offer(RunEnvelope envelope) => Task.Run(() => runs.TakeOverAsync(envelope));

    public Task Report(NodeReport report)
    {
        table.Take(report);
        return Task.CompletedTask;
    }
}
