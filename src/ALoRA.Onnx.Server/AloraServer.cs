using System.Runtime.ExceptionServices;
using ALoRA.Onnx.Server.Configuration;
using ALoRA.Onnx.Server.Lifetime;
using ALoRA.Onnx.Server.Models;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ALoRA.Onnx.Server;

/// <summary>
/// A model behind an HTTP API as OpenAI's: base model, adapters and intrinsics of many users in one batch. Thread-safe.
/// </summary>
/// <remarks>
/// It takes no signals for itself, but for those of systemd and of Windows' service control: whoever starts it has a token to stop it.
/// </remarks>
public sealed class AloraServer : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly ServedModel _served;
    private readonly StopCause _stop;
    private int _isDisposed;

    private AloraServer(WebApplication application)
    {
        _application = application;
        _served = application.Services.GetRequiredService<ServedModel>();
        _stop = application.Services.GetRequiredService<StopCause>();
    }

    /// <summary>The addresses that it listens at, with the ports that were chosen.</summary>
    public IReadOnlyList<string> Addresses =>
    [
        .. _application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses ?? [],
    ];

    /// <summary>The base model's name in requests; null once the server has stopped.</summary>
    public string? ModelName => _served.Current?.Name;

    /// <summary>Names of the adapters that requests may name, in ordinal order.</summary>
    public IReadOnlyList<string> AdapterNames => _served.Current?.Adapters.Names ?? [];

    internal IServiceProvider Services => _application.Services;

    /// <summary>Opens the model and listens.</summary>
    /// <param name="options">What to serve, to whom, and within which limits.</param>
    /// <param name="configure">Changes services and logging of the host before it is built; null changes nothing.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <returns>The server, which the caller disposes.</returns>
    /// <exception cref="ArgumentException">An option is out of its range, or an address is open to other machines without keys.</exception>
    /// <exception cref="FormatException">A key file can't be read or has no key, or the model is malformed.</exception>
    /// <exception cref="IOException">A file can't be read, or an address is in use.</exception>
    /// <exception cref="InvalidOperationException">The provider is not available or cannot run the model.</exception>
    public static Task<AloraServer> StartAsync(
        ServerOptions options, Action<WebApplicationBuilder>? configure = null, CancellationToken cancellationToken = default) =>
        StartAsync(options, configure, map: null, cancellationToken);

    /// <summary>Waits until the server is told to stop, and stops it as <see cref="StopAsync"/> does.</summary>
    /// <param name="cancellationToken">Tells it to stop.</param>
    /// <exception cref="InvalidOperationException">It stopped by itself, as it lost the cluster that it was a member of.</exception>
    public async Task WaitForShutdownAsync(CancellationToken cancellationToken = default)
    {
        await _application.WaitForShutdownAsync(cancellationToken).ConfigureAwait(false);
        if (_stop.Exception is { } cause)
        {
            ExceptionDispatchInfo.Throw(cause);
        }
    }

    /// <summary>
    /// Opens the model's folder again and gives it to requests that come from now on; those that run end on the one of before, which is
    /// then freed. Both are in memory for that time. Adapters that were loaded by request are loaded again.
    /// </summary>
    /// <param name="cancellationToken">Cancels while the folder is opened; nothing is changed then.</param>
    /// <inheritdoc cref="AloraModel.Open(string, AloraModelOptions?)"/>
    public Task ReloadModelAsync(CancellationToken cancellationToken = default) => _served.OpenAsync(cancellationToken);

    /// <summary>
    /// Refuses new requests, waits until running ones have ended or <see cref="ServerOptions.DrainTimeout"/> has passed, and stops.
    /// </summary>
    /// <param name="cancellationToken">Cuts running requests off.</param>
    public Task StopAsync(CancellationToken cancellationToken = default) => _application.StopAsync(cancellationToken);

    /// <summary>Stops at once and frees the model.</summary>
    public async ValueTask DisposeAsync()
    {
        // Others wait for who leaves without a word, and a part of the host does the same where it is disposed before it is stopped.
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0 && _application.Services.GetServices<IServerPart>().Any())
        {
            try
            {
                await _application.StopAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is OperationCanceledException or AggregateException)
            {
                // It is stopped all the same.
            }
        }

        await _application.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>As the public one, with endpoints of the caller's beside those of the server.</summary>
    internal static async Task<AloraServer> StartAsync(
        ServerOptions options, Action<WebApplicationBuilder>? configure, Action<IEndpointRouteBuilder>? map,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        OptionsCheck.Run(options);
        WebApplication application = ServerBuilder.Build(options, configure);
        try
        {
            ServerPipeline.Add(application, options);
            map?.Invoke(application);
            await application.StartAsync(cancellationToken).ConfigureAwait(false);
            return new AloraServer(application);
        }
        catch
        {
            await application.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
