using ALoRA.Onnx.Extensions.AI.Hosting;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ALoRA.Onnx.Extensions.AI;

/// <summary>What else is to be registered for a model that was added to a service collection.</summary>
public sealed class AloraOnnxBuilder
{
    internal AloraOnnxBuilder(IServiceCollection services, string? key)
    {
        Services = services;
        Key = key;
    }

    /// <summary>The service collection.</summary>
    public IServiceCollection Services { get; }

    /// <summary>Key of the model's services and name of its options; null for the services without a key.</summary>
    public string? Key { get; }

    /// <summary>Registers an <see cref="IChatClient"/> on the model as singleton, under the model's key if it has one.</summary>
    /// <returns>Its pipeline, for <c>UseCertainty()</c>, <c>UseFunctionInvocation()</c> and the like.</returns>
    public ChatClientBuilder AddChatClient() => Key is null ? Services.AddChatClient(Client) : Services.AddKeyedChatClient(Key, Client);

    /// <summary>Registers one more <see cref="IChatClient"/> on the same model as singleton, under a key of its own.</summary>
    /// <param name="serviceKey">The key.</param>
    /// <returns>Its pipeline, which may have other intrinsics and guards than others; KV caches are shared with them.</returns>
    public ChatClientBuilder AddKeyedChatClient(object serviceKey)
    {
        ArgumentNullException.ThrowIfNull(serviceKey);
        return Services.AddKeyedChatClient(serviceKey, Client);
    }

    /// <summary>Registers a health check that computes one token, and opens the model if nothing has yet.</summary>
    /// <param name="name">Its name. The default, null, is <c>alora</c>, or <c>alora-</c> and the model's key.</param>
    /// <param name="failureStatus">
    /// What it reports when the model does not compute. The default, null, is <see cref="HealthStatus.Unhealthy"/>.
    /// </param>
    /// <param name="tags">Tags to filter by.</param>
    /// <returns>The same builder.</returns>
    public AloraOnnxBuilder AddHealthCheck(string? name = null, HealthStatus? failureStatus = null, IEnumerable<string>? tags = null)
    {
        Services.AddHealthChecks().Add(new HealthCheckRegistration(
            name ?? (Key is null ? "alora" : $"alora-{Key}"),
            services => new ModelHealthCheck(() => AloraServices.Client(services, Key)),
            failureStatus,
            tags));
        return this;
    }

    private AloraChatClient Client(IServiceProvider services) => AloraServices.Client(services, Key);

    // Whether the model still computes.
    private sealed class ModelHealthCheck(Func<AloraChatClient> client) : IHealthCheck
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
                return new HealthCheckResult(
                    context.Registration.FailureStatus, $"The model does not compute: {exception.Message}", exception);
            }
        }
    }
}
