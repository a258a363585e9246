using Microsoft.Extensions.Hosting;

namespace ALoRA.Onnx.Extensions.AI.Hosting;

/// <summary>Opens the model, loads its adapters and computes a first token before the host takes requests.</summary>
internal sealed class AloraWarmUp(IServiceProvider services, string? key) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        AloraOnnxOptions options = AloraServices.Options(services, key);
        if (!options.WarmUp)
        {
            return;
        }

        // Reading weights blocks; other hosted services need not wait for this thread.
        AloraModel model = (await Task.Run(() => AloraServices.Client(services, key), cancellationToken).ConfigureAwait(false)).Model;
        foreach (string adapter in options.Adapters)
        {
            await Task.Run(() => model.Adapters.Get(adapter), cancellationToken).ConfigureAwait(false);
        }

        await FirstToken.ComputeAsync(model, cancellationToken).ConfigureAwait(false);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
