using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ALoRA.Onnx.Extensions.AI.Hosting;

/// <summary>Whether the model still computes.</summary>
internal sealed class AloraHealthCheck(Func<AloraChatClient> client) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            AloraModel model = (await Task.Run(client, cancellationToken).ConfigureAwait(false)).Model;
            await FirstToken.ComputeAsync(model, cancellationToken).ConfigureAwait(false);
            return HealthCheckResult.Healthy($"The model '{model.Manifest.Name}' computes.", new Dictionary<string, object>
            {
                ["model"] = model.Manifest.Name,
                ["folder"] = model.Folder,
                ["adapters"] = string.Join(", ", model.Adapters.LoadedNames),
            });
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, $"The model does not compute: {exception.Message}", exception);
        }
    }
}
