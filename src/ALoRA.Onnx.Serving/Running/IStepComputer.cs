using ALoRA.Onnx.Caching;
using ALoRA.Onnx.Serving.Requests;

namespace ALoRA.Onnx.Serving.Running;

/// <summary>What a step computes with; apart from who is computed when, so that this is tested without a model. Not thread-safe.</summary>
internal interface IStepComputer
{
    /// <summary>Computes a piece of a request's prompt, and the logits of its last token if that is in it.</summary>
    /// <param name="request">The request, whose slot has room for all its tokens.</param>
    /// <param name="tokens">Most tokens, at least one.</param>
    /// <returns>Tokens that were computed.</returns>
    int Prefill(LiveRequest request, int tokens);

    /// <summary>Begins decode runs: the logits of the step before are not read any more.</summary>
    /// <param name="requests">All requests that a row is computed of.</param>
    /// <param name="caches">All caches of the arena.</param>
    void Begin(List<LiveRequest> requests, List<KvCache> caches);

    /// <summary>Computes the next row of each request. Those that fail have no more rows than before.</summary>
    /// <param name="requests">The requests, each with a slot and a row missing, of those that the step began with.</param>
    /// <param name="failed">Receives the requests that failed, with what they failed of.</param>
    void Run(List<LiveRequest> requests, List<(LiveRequest Request, Exception Exception)> failed);

    /// <summary>Chooses a token for each request and leaves in each what came of it.</summary>
    /// <param name="requests">Requests whose logits are at hand.</param>
    void Choose(List<LiveRequest> requests);
}
