using ALoRA.Onnx.Server.Models;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Server.Lifetime;

/// <summary>
/// Ends running requests before Kestrel stops to listen: new ones are still answered,
/// with 503, while those that run have until the deadline.
/// </summary>
internal sealed class DrainService(
    DrainGate gate, ServedModel served, ServerOptions options, IEnumerable<IServerPart> parts, TimeProvider time,
    IHostApplicationLifetime lifetime, ILogger<DrainService> logger)
    : IHostedLifecycleService, IDisposable
{
    // So long streams that are cut off may take to write their error.
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(5);

    private CancellationTokenRegistration _registration;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        // Not ready from the signal on, not only when it is the turn of this service.
        _registration = lifetime.ApplicationStopping.Register(Close);
        return Task.CompletedTask;
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        Close();
        logger.Draining(options.DrainTimeout);
        if (await IsEmptyAsync(options.DrainTimeout, cancellationToken).ConfigureAwait(false))
        {
            logger.Drained();
            return;
        }

        logger.DrainTimedOut(options.DrainTimeout);
        foreach (IServerPart part in parts)
        {
            await part.HandOverAsync().ConfigureAwait(false);
        }

        await served.CloseAsync().ConfigureAwait(false);
        await IsEmptyAsync(LastWords, cancellationToken).ConfigureAwait(false);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // Nobody is listened to anymore, so that the memory is free before the process ends or the host is disposed.
    public Task StoppedAsync(CancellationToken cancellationToken) => served.CloseAsync();

    public void Dispose() => _registration.Dispose();

    private void Close()
    {
        gate.Close();
        foreach (IServerPart part in parts)
        {
            part.BeginDrain();
        }
    }

    private async Task<bool> IsEmptyAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        using CancellationTokenSource given = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            Task[] idle = [gate.WhenEmptyAsync(), .. parts.Select(part => part.WhenIdleAsync(given.Token))];
            await Task.WhenAll(idle).WaitAsync(limit, time, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            await given.CancelAsync().ConfigureAwait(false);
            return false;
        }
    }
}
