using ALoRA.Onnx;
using ALoRA.Onnx.Extensions.AI;
using ALoRA.Onnx.Extensions.AI.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

#pragma warning disable IDE0130 // Where whoever registers services finds it.
namespace Microsoft.Extensions.DependencyInjection;
#pragma warning restore IDE0130

/// <summary>Registers models: <see cref="AloraModel"/> and <see cref="AloraChatClient"/> as singletons, checked options, warm-up.</summary>
public static class AloraServiceCollectionExtensions
{
    /// <summary>
    /// Adds a model. It is opened when the host starts (<see cref="AloraOnnxOptions.WarmUp"/>)
    /// or when first asked for, and disposed with the service provider.
    /// </summary>
    /// <param name="services">The service collection.</param>
    /// <param name="configure">Sets the options.</param>
    /// <returns>A builder for chat clients and a health check.</returns>
    public static AloraOnnxBuilder AddAloraOnnx(this IServiceCollection services, Action<AloraOnnxOptions> configure) =>
        services.Add(null, configure);

    /// <summary>Adds a model whose options are configured.</summary>
    /// <param name="services">The service collection.</param>
    /// <param name="configuration">
    /// The section with the values of <see cref="AloraOnnxOptions"/>; a key that is none of them is refused.
    /// </param>
    /// <inheritdoc cref="AddAloraOnnx(IServiceCollection, Action{AloraOnnxOptions})"/>
    public static AloraOnnxBuilder AddAloraOnnx(this IServiceCollection services, IConfiguration configuration) =>
        services.Add(null, configuration);

    /// <summary>Adds one of several models; its services have a key.</summary>
    /// <param name="services">The service collection.</param>
    /// <param name="key">The key, which is also the name of the options.</param>
    /// <param name="configure">Sets the options.</param>
    /// <inheritdoc cref="AddAloraOnnx(IServiceCollection, Action{AloraOnnxOptions})"/>
    public static AloraOnnxBuilder AddKeyedAloraOnnx(this IServiceCollection services, string key, Action<AloraOnnxOptions> configure)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        return services.Add(key, configure);
    }

    /// <summary>Adds one of several models whose options are configured; its services have a key.</summary>
    /// <param name="services">The service collection.</param>
    /// <param name="key">The key, which is also the name of the options.</param>
    /// <param name="configuration">
    /// The section with the values of <see cref="AloraOnnxOptions"/>; a key that is none of them is refused.
    /// </param>
    /// <inheritdoc cref="AddAloraOnnx(IServiceCollection, Action{AloraOnnxOptions})"/>
    public static AloraOnnxBuilder AddKeyedAloraOnnx(this IServiceCollection services, string key, IConfiguration configuration)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        return services.Add(key, configuration);
    }

    private static AloraOnnxBuilder Add(this IServiceCollection services, string? key, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return services.Add(key, options => options.Bind(configuration, binder => binder.ErrorOnUnknownConfiguration = true));
    }

    private static AloraOnnxBuilder Add(this IServiceCollection services, string? key, Action<AloraOnnxOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return services.Add(key, options => options.Configure(configure));
    }

    private static AloraOnnxBuilder Add(this IServiceCollection services, string? key, Action<OptionsBuilder<AloraOnnxOptions>> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        OptionsBuilder<AloraOnnxOptions> options = services.AddOptions<AloraOnnxOptions>(key ?? Options.Options.DefaultName);
        configure(options);
        options.ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<AloraOnnxOptions>, AloraOnnxOptionsValidator>());
        bool isNew = !services.Any(service => service.ServiceType == typeof(AloraModel) && Equals(service.ServiceKey, key));
        if (isNew && key is null)
        {
            services.AddSingleton(provider => AloraServices.OpenModel(provider, null));
            services.AddSingleton(provider => AloraServices.CreateClient(provider, null));
        }
        else if (isNew)
        {
            services.AddKeyedSingleton(key, (provider, _) => AloraServices.OpenModel(provider, key));
            services.AddKeyedSingleton(key, (provider, _) => AloraServices.CreateClient(provider, key));
        }

        if (isNew)
        {
            services.AddSingleton<IHostedService>(provider => new WarmUp(provider, key));
        }

        return new AloraOnnxBuilder(services, key);
    }

    // Opens the model, loads its adapters and computes a first token before the host takes requests.
    private sealed class WarmUp(IServiceProvider services, string? key) : IHostedService
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
}
