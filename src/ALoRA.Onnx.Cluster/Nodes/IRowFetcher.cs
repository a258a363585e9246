using ALoRA.Onnx.Cluster.Wire;
using ALoRA.Onnx.Server.Models;

namespace ALoRA.Onnx.Cluster.Nodes;

/// <summary>Brings rows of a prompt from the server that has them, where that is cheaper than to compute them.</summary>
internal interface IRowFetcher
{
    /// <summary>Prompts of fewer tokens are computed in about the time of a question: their rows are not worth asking for.</summary>
    const int FewestTokens = 128;

    /// <summary>Fetches rows for a request that is about to be submitted, or does nothing. Never fails: rows can be computed.</summary>
    Task FetchAsync(OpenedModel opened, RunEnvelope envelope);

    /// <summary>Learns from a request how fast prompts are computed here.</summary>
    /// <param name="prompt">Tokens of its prompt, known when they are computed; it was submitted just now.</param>
    void Observe(Task<TokenUsage> prompt);
}
