using Microsoft.Extensions.Hosting;

namespace ALoRA.Onnx.Server.Lifetime;

/// <summary>Leaves signals to whoever started the server, who has a token for its end: a library does not take Ctrl+C for itself.</summary>
internal sealed class CallersLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
