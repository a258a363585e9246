using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Server.Lifetime;

/// <summary>
/// Ends running requests before Kestrel stops to listen: new ones are still answered, with 503, while those that run have until the deadline.
/// </summary>
internal sealed class DrainService(
    DrainGate gate, ServerOptions options, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<DrainService> logger)
    : IHostedLifecycleService, IDisposable
{
    private readonly CancellationTokenSource _deadline = new();
    private CancellationTokenRegistration _registration;

    /// <summary>Cancelled when the deadline has passed: whatever runs is to end now.</summary>
    public CancellationToken Deadline => _deadline.Token;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        // Not ready from the signal on, not only when it is the turn of this service.
        _registration = lifetime.ApplicationStopping.Register(gate.Close);
        return Task.CompletedTask;
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        gate.Close();
        logger.Draining(options.DrainTimeout);
        try
        {
            await gate.WhenEmptyAsync().WaitAsync(options.DrainTimeout, time, cancellationToken).ConfigureAwait(false);
            logger.Drained();
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            logger.DrainTimedOut(options.DrainTimeout);
            await _deadline.CancelAsync().ConfigureAwait(false);
        }
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        _registration.Dispose();
        _deadline.Dispose();
    }
}
