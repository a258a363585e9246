using ALoRA.Onnx.Server.Models;
using Microsoft.Extensions.Hosting;

namespace ALoRA.Onnx.Server.Lifetime;

/// <summary>
/// Opens the model before anything is listened at: a server that cannot serve does not start. It does so as a part of the host's start, as
/// Windows wants to hear of a service within half a minute, which a large model takes longer than.
/// </summary>
internal sealed class OpenService(ServedModel served) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => served.OpenAsync(cancellationToken);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
