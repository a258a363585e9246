using ALoRA.Onnx.Server.Access;
using ALoRA.Onnx.Server.Answers;
using ALoRA.Onnx.Server.Configuration;
using ALoRA.Onnx.Server.Endpoints;
using ALoRA.Onnx.Server.Lifetime;
using ALoRA.Onnx.Server.Metrics;
using ALoRA.Onnx.Server.Models;
using ALoRA.Onnx.Server.Operations;
using ALoRA.Onnx.Server.Page;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.WindowsServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace ALoRA.Onnx.Server;

/// <summary>Makes the host: Kestrel, its limits, logging, and the server's own services.</summary>
internal static class ServerBuilder
{
    private static readonly TimeSpan HeadersTimeout = TimeSpan.FromSeconds(15);

    // What is left of the host's patience when a drain has come to its deadline and streams have written their errors.
    private static readonly TimeSpan AfterDrain = TimeSpan.FromSeconds(10);

    /// <exception cref="ArgumentException">An address is malformed, or open to other machines without keys.</exception>
    public static WebApplication Build(ServerOptions options, Action<WebApplicationBuilder>? configure)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            ApplicationName = "ALoRA.Onnx.Server",

            // A Windows service starts in the system's folder.
            ContentRootPath = WindowsServiceHelpers.IsWindowsService() ? AppContext.BaseDirectory : null,
        });
        string[] urls = ListenAddresses.Split(options.Urls);
        IEnumerable<string> endpoints = builder.Configuration.GetSection("Kestrel:Endpoints").GetChildren()
            .Select(endpoint => endpoint["Url"]).OfType<string>();
        ListenAddresses.Check([.. urls, .. endpoints], options);
        builder.WebHost.UseUrls(urls);
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = options.MaxBodyBytes;
            kestrel.Limits.MaxConcurrentConnections = options.MaxConnections;
            kestrel.Limits.RequestHeadersTimeout = HeadersTimeout;
        });
        AddLogging(builder);
        AddServices(builder.Services, options);
        configure?.Invoke(builder);
        return builder.Build();
    }

    // Lines go to the error stream, as the output is for results. What is set in appsettings.json or the environment comes after this.
    private static void AddLogging(WebApplicationBuilder builder)
    {
        ((IConfigurationBuilder)builder.Configuration).Sources.Insert(0, new MemoryConfigurationSource
        {
            InitialData =
            [
                new("Logging:LogLevel:Microsoft", "Warning"),
                new("Logging:LogLevel:Microsoft.AspNetCore", "Warning"),

                // A start that fails is thrown to whoever started it.
                new("Logging:LogLevel:Microsoft.Extensions.Hosting.Internal.Host", "None"),
            ],
        });
        builder.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
    }

    private static void AddServices(IServiceCollection services, ServerOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<IAnswerSource, EngineSource>();
        services.AddSingleton<KeyRing>();
        services.AddSingleton<AdapterLoader>();
        services.AddSingleton<ServedModel>();
        services.AddSingleton<IAdapterCatalog, OwnCatalog>();
        services.AddSingleton<ServerMetrics>();
        services.AddSingleton<DrainGate>();
        services.AddSingleton<StopCause>();
        services.AddSingleton<MetricsPage>();
        services.AddSingleton<AdapterEndpoints>();
        services.AddSingleton<EngineEndpoint>();
        services.AddSingleton<PageEndpoints>();
        services.AddHostedService<OpenService>();
        services.AddHostedService<DrainService>();
        services.Configure<HostOptions>(host => host.ShutdownTimeout = options.DrainTimeout + AfterDrain);
        services.AddSingleton<IHostLifetime, CallersLifetime>();
        services.AddSystemd();
        services.AddWindowsService(service => service.ServiceName = "ALoRA.Onnx");
    }
}
