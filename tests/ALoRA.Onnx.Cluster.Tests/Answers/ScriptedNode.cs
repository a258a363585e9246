using ALoRA.Onnx.Cluster.Nodes;
using ALoRA.Onnx.Cluster.Wire;

namespace ALoRA.Onnx.Cluster.Tests.Answers;

/// <summary>A server that runs requests, until it does what the test says instead.</summary>
/// <param name="runs">Runs them.</param>
internal sealed class ScriptedNode(HostedRuns runs) : INodeService
{
    /// <summary>Index of the first token that it does not give.</summary>
    public int Limit { get; set; } = int.MaxValue;

    /// <summary>What comes instead; null for nobody who answers.</summary>
    public RunBatch? Instead { get; set; }

    /// <summary>Requests that were begun.</summary>
    public List<RunEnvelope> Begun { get; } = [];

    /// <summary>Requests that were ended.</summary>
    public List<Guid> Cancelled { get; } = [];

    public async Task<RunBatch> Run(RunEnvelope envelope)
    {
        Begun.Add(envelope);
        return Cut(await runs.RunAsync(envelope), envelope.Answered.Length);
    }

    public async Task<RunBatch> Read(Guid run, int from) => Cut(await runs.ReadAsync(run, from), from);

    public Task Touch(Guid run) => Task.CompletedTask;

    public Task Cancel(Guid run)
    {
        Cancelled.Add(run);
        return runs.CancelAsync(run);
    }

    public Task Offer(RunEnvelope envelope) => runs.TakeOverAsync(envelope);

    public Task Report(NodeReport report) => Task.CompletedTask;

    private RunBatch Cut(RunBatch batch, int from)
    {
        int left = Limit - from;
        return left >= batch.Tokens.Length && left > 0 ? batch
            : left > 0 ? batch with { Tokens = batch.Tokens[..left], State = RunState.Runs }
            : Instead ?? throw new SiloUnavailableException("dead");
    }
}
