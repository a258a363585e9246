using ALoRA.Onnx.Caching;
using ALoRA.Onnx.Serving.Batching;
using ALoRA.Onnx.Serving.Requests;

namespace ALoRA.Onnx.Serving.Running;

/// <summary>Computes steps with the model. Not thread-safe.</summary>
/// <param name="runner">Decode runs; owned.</param>
/// <param name="chooser">Chooses tokens; owned.</param>
internal sealed class ModelComputer(BatchRunner runner, TokenChooser chooser) : IStepComputer, IDisposable
{
    /// <inheritdoc/>
    public int Prefill(LiveRequest request, int tokens) => request.Tokens.Sequence!.ComputeNext(tokens);

    /// <inheritdoc/>
    public void Begin(List<LiveRequest> requests, List<KvCache> caches) => runner.Begin(requests, caches);

    /// <inheritdoc/>
    public void Run(List<LiveRequest> requests, List<(LiveRequest Request, Exception Exception)> failed) => runner.Run(requests, failed);

    /// <inheritdoc/>
    public void Choose(List<LiveRequest> requests) => chooser.Choose(requests);

    /// <inheritdoc/>
    public void Dispose()
    {
        runner.Dispose();
        chooser.Dispose();
    }
}
