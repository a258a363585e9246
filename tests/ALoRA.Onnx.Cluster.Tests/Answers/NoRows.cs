using ALoRA.Onnx.Cluster.Nodes;
using ALoRA.Onnx.Cluster.Wire;
using ALoRA.Onnx.Server.Models;

namespace ALoRA.Onnx.Cluster.Tests.Answers;

/// <summary>Leaves all rows to be computed.</summary>
internal sealed class NoRows : IRowFetcher
{
    public Task FetchAsync(OpenedModel opened, RunEnvelope envelope) => Task.CompletedTask;

    public void Observe(Task<TokenUsage> prompt)
    {
    }
}
