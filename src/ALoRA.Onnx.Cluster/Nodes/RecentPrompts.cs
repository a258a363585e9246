using ALoRA.Onnx.Cluster.Placement;
using ALoRA.Onnx.Cluster.Wire;
using ALoRA.Onnx.Serving;

namespace ALoRA.Onnx.Cluster.Nodes;

/// <summary>
/// Prompts that this server's engine computed last, one of each conversation: what is worth giving away when the server stops. Thread-safe.
/// </summary>
internal sealed class RecentPrompts
{
    // As many conversations as caches hold; the prompts themselves are small beside their rows.
    private const int Most = 64;

    private readonly PlaceMemory<RunEnvelope> _prompts = new(Most);

    /// <summary>What was noted, the newest first.</summary>
    public IReadOnlyList<RunEnvelope> Newest => [.. _prompts.Newest.Select(one => one.Place)];

    /// <summary>Takes a request of this server's own client.</summary>
    public void Note(EngineRequest request, ulong key, string fingerprint)
    {
        // Of an adapter's, where its place is not known before, the base's part is not known either.
        if (key != 0 && request.Prompt.Ids.Length >= IRowFetcher.FewestTokens
            && (request.Adapter is null || request.ActivationPosition is not null))
        {
            Note(new RunEnvelope
            {
                Run = Guid.Empty,
                Fingerprint = fingerprint,
                Prompt = request.Prompt.Ids.ToArray(),
                Adapter = request.Adapter,
                ActivationPosition = request.ActivationPosition,
                CacheScope = request.CacheScope,
                Generation = new GenerationForm(),
                Key = key,
            });
        }
    }

    /// <summary>Takes a request of another server.</summary>
    public void Note(RunEnvelope envelope)
    {
        if (envelope.Key != 0 && envelope.Prompt.Length >= IRowFetcher.FewestTokens)
        {
            _prompts.Set(envelope.Key, envelope with { Prompt = [.. envelope.Prompt, .. envelope.Answered], Answered = [] });
        }
    }
}
