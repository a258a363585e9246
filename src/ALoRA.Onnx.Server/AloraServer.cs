using ALoRA.Onnx.Server.Access;
using ALoRA.Onnx.Server.Answers;
using ALoRA.Onnx.Server.Endpoints;
using ALoRA.Onnx.Server.Errors;
using ALoRA.Onnx.Server.Lifetime;
using ALoRA.Onnx.Server.Metrics;
using ALoRA.Onnx.Server.Models;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Server;

/// <summary>
/// A model behind an HTTP API as OpenAI's: base model, adapters and intrinsics of many users in one batch. Thread-safe.
/// </summary>
public sealed class AloraServer : IAsyncDisposable
{
    private readonly WebApplication _application;

    private AloraServer(WebApplication application) => _application = application;

    /// <summary>The addresses that it listens at, with the ports that were chosen.</summary>
    public IReadOnlyList<string> Addresses =>
    [
        .. _application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses ?? [],
    ];

    internal IServiceProvider Services => _application.Services;

    /// <summary>Opens the model and listens.</summary>
    /// <param name="options">What to serve, to whom, and within which limits.</param>
    /// <param name="configure">Changes services and logging of the host before it is built; null changes nothing.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <returns>The server, which the caller disposes.</returns>
    /// <exception cref="ArgumentException">An option is out of its range, or an address is reached by others and there are no keys.</exception>
    /// <exception cref="FormatException">A key file can't be read or has no key, or the model is malformed.</exception>
    /// <exception cref="IOException">A file can't be read, or an address is in use.</exception>
    /// <exception cref="InvalidOperationException">The provider is not available or cannot run the model.</exception>
    public static async Task<AloraServer> StartAsync(
        ServerOptions options, Action<WebApplicationBuilder>? configure = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        WebApplication application = Build(options, configure);
        try
        {
            // Before anything is listened at: what is wrong with the keys or the model is told by a server that does not start.
            _ = application.Services.GetRequiredService<KeyRing>();
            await application.Services.GetRequiredService<ServedModel>().OpenAsync(cancellationToken).ConfigureAwait(false);
            await application.StartAsync(cancellationToken).ConfigureAwait(false);
            return new AloraServer(application);
        }
        catch
        {
            await application.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Waits until the server is told to stop, and stops it: new requests are refused, running ones end.</summary>
    /// <param name="cancellationToken">Tells it to stop.</param>
    public Task WaitForShutdownAsync(CancellationToken cancellationToken = default) =>
        _application.WaitForShutdownAsync(cancellationToken);

    /// <summary>Refuses new requests, waits until running ones have ended or the deadline has passed, and stops.</summary>
    /// <param name="cancellationToken">Cuts running requests off.</param>
    public Task StopAsync(CancellationToken cancellationToken = default) => _application.StopAsync(cancellationToken);

    /// <summary>Stops at once and frees the model.</summary>
    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private static WebApplication Build(ServerOptions options, Action<WebApplicationBuilder>? configure)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ApplicationName = "ALoRA.Onnx.Server" });
        builder.WebHost.UseUrls(options.Urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = options.MaxBodyBytes;
            kestrel.Limits.MaxConcurrentConnections = options.MaxConnections;
        });
        IServiceCollection services = builder.Services;
        services.AddSingleton(options);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<IAnswerSource, EngineSource>();
        services.AddSingleton<KeyRing>();
        services.AddSingleton<ServedModel>();
        services.AddSingleton<ServerMetrics>();
        services.AddSingleton<DrainGate>();
        services.AddSingleton<DrainService>();
        services.AddHostedService(provider => provider.GetRequiredService<DrainService>());
        services.Configure<HostOptions>(host => host.ShutdownTimeout = options.DrainTimeout + TimeSpan.FromSeconds(10));
        configure?.Invoke(builder);
        WebApplication application = builder.Build();
        AddPipeline(application, options);
        OpenAIEndpoints.Map(application);
        return application;
    }

    // Errors outermost, so that each of the others may throw one.
    private static void AddPipeline(WebApplication application, ServerOptions options)
    {
        IServiceProvider services = application.Services;
        ILogger<ErrorMiddleware> logger = services.GetRequiredService<ILogger<ErrorMiddleware>>();
        ServerMetrics metrics = services.GetRequiredService<ServerMetrics>();
        KeyRing keys = services.GetRequiredService<KeyRing>();
        DrainGate gate = services.GetRequiredService<DrainGate>();
        IApplicationBuilder pipeline = application;
        pipeline.Use(next => new ErrorMiddleware(next, logger).InvokeAsync);
        pipeline.Use(next => context =>
        {
            context.Features.Set(new RequestRecord(metrics));
            return next(context);
        });
        pipeline.Use(next => new AccessMiddleware(next, keys, Probes.NeedsNoKey).InvokeAsync);
        pipeline.Use(next => new DrainMiddleware(next, gate).InvokeAsync);
        pipeline.Use(next => context =>
            context.Request.ContentLength > options.MaxBodyBytes ? throw ApiError.TooLarge(options.MaxBodyBytes) : next(context));
        application.UseRouting();
    }
}
