using ALoRA.Onnx.Cluster.Nodes;
using ALoRA.Onnx.Cluster.Wire;
using ALoRA.Onnx.Server.Models;

namespace ALoRA.Onnx.Cluster.Tests.Answers;

/// <summary>Leaves all rows to be computed.</summary>
/// <param name="instead">What happens while they would be fetched, before a request is given to the engine; null for nothing.</param>
internal sealed class NoRows(Action? instead = null) : IRowFetcher
{
    public Task FetchAsync(OpenedModel opened, RunEnvelope envelope)
    {
        instead?.Invoke();
        return Task.CompletedTask;
    }

    public void Observe(Task<TokenUsage> prompt)
    {
    }
}
