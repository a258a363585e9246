namespace ALoRA.Onnx.Serving;

/// <summary>
/// Many requests on one model at once: each step computes the next token of all that decode in one run, whatever their adapters and
/// lengths, and a piece of one prompt. Thread-safe.
/// </summary>
public sealed class AloraEngine : IAsyncDisposable
{
    /// <summary>Starts an engine, which does nothing until there are requests.</summary>
    /// <param name="model">The model, which must stay open as long as the engine; not owned.</param>
    /// <param name="options">How to share it; null is all defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public AloraEngine(AloraModel model, EngineOptions? options = null) => Model = model;

    /// <summary>The model.</summary>
    public AloraModel Model { get; }

    /// <summary>Figures of now.</summary>
    public EngineStatistics Statistics => throw new NotImplementedException();

    /// <summary>Asks for an answer. Checks the request at once; whatever computes does so on the engine's own thread.</summary>
    /// <param name="request">The request.</param>
    /// <param name="cancellationToken">Cancels the request, at the latest at the next step.</param>
    /// <returns>The answer, which the caller disposes.</returns>
    /// <exception cref="ArgumentException">
    /// The prompt is empty or too long, has an id outside of the vocabulary, there is no such adapter, or an option is out of range.
    /// </exception>
    /// <exception cref="MissingInvocationException">The adapter is an aLoRA, and the prompt has no trusted invocation.</exception>
    /// <exception cref="AloraBusyException">Too many requests wait already.</exception>
    /// <exception cref="InvalidOperationException">The engine is draining.</exception>
    /// <exception cref="ObjectDisposedException">The engine or its model was disposed.</exception>
    public EngineAnswer Submit(EngineRequest request, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Takes no more requests and waits until those that it has have ended.</summary>
    /// <param name="cancellationToken">Ends the wait; the requests go on.</param>
    public Task DrainAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Cancels all requests and frees keys and values.</summary>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
