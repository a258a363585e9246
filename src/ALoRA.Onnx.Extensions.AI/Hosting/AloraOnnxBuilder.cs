using ALoRA.Onnx.Extensions.AI.Hosting;
using ALoRA.Onnx.Serving;
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

    /// <summary>
    /// Registers a health check that opens the model if nothing has yet. While requests run it says how many and computes nothing; else it
    /// computes one token.
    /// </summary>
    /// <param name="name">Its name. The default, null, is <c>alora</c>, or <c>alora-</c> and the model's key.</param>
    /// <param name="failureStatus">
    /// What it reports when the model does not compute. The default, null, is <see cref="HealthStatus.Unhealthy"/>.
    /// </param>
    /// <param name="tags">Tags to filter by.</param>
    /// <param name="probe">
    /// Whether it computes a token under load, too, which takes its time from the requests. The default is <see langword="false"/>.
    /// </param>
    /// <returns>The same builder.</returns>
    public AloraOnnxBuilder AddHealthCheck(
        string? name = null, HealthStatus? failureStatus = null, IEnumerable<string>? tags = null, bool probe = false)
    {
        Services.AddHealthChecks().Add(new HealthCheckRegistration(
            name ?? (Key is null ? "alora" : $"alora-{Key}"),
            services => new ModelHealthCheck(() => AloraServices.Client(services, Key), probe),
            failureStatus,
            tags));
        return this;
    }

    private AloraChatClient Client(IServiceProvider services) => AloraServices.Client(services, Key);

    // Whether the model still computes.
    private sealed class ModelHealthCheck(Func<AloraChatClient> client, bool probe) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            try
            {
                AloraChatClient opened = await Task.Run(client, cancellationToken).ConfigureAwait(false);
                AloraModel model = opened.Model;
                EngineStatistics load = opened.Load;
                bool isBusy = load.Running + load.Waiting > 0;
                if (probe || !isBusy)
                {
                    await FirstToken.ComputeAsync(model, cancellationToken).ConfigureAwait(false);
                }

                return HealthCheckResult.Healthy($"The model '{model.Manifest.Name}' computes.", new Dictionary<string, object>
                {
                    ["running"] = load.Running,
                    ["waiting"] = load.Waiting,
                    ["probed"] = probe || !isBusy,
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
