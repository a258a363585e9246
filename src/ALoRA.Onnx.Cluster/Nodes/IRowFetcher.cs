using ALoRA.Onnx.Cluster.Wire;
using ALoRA.Onnx.Server.Models;

namespace ALoRA.Onnx.Cluster.Nodes;

/// <summary>Brings rows of a prompt from the server that has them, where that is cheaper than to compute them.</summary>
internal interface IRowFetcher
{
    /// <summary>Fetches rows for a request that is about to be submitted, or does nothing. Never fails: rows can be computed.</summary>
    Task FetchAsync(OpenedModel opened, RunEnvelope envelope);
}

/// <summary>Leaves all rows to be computed.</summary>
internal sealed class NoRows : IRowFetcher
{
    /// <inheritdoc/>
    public Task FetchAsync(OpenedModel opened, RunEnvelope envelope) => Task.CompletedTask;
}
