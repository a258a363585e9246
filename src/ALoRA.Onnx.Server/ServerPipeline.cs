using ALoRA.Onnx.Server.Access;
using ALoRA.Onnx.Server.Endpoints;
using ALoRA.Onnx.Server.Errors;
using ALoRA.Onnx.Server.Lifetime;
using ALoRA.Onnx.Server.Metrics;
using ALoRA.Onnx.Server.Models;
using ALoRA.Onnx.Server.Operations;
using ALoRA.Onnx.Server.Page;
using ALoRA.Onnx.Server.Tenants;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ALoRA.Onnx.Server;

/// <summary>What a request passes on its way to an endpoint.</summary>
internal static class ServerPipeline
{
    public static void Add(WebApplication application, ServerOptions options)
    {
        IServiceProvider services = application.Services;
        ServerMetrics metrics = services.GetRequiredService<ServerMetrics>();
        ILogger<RecordMiddleware> records = services.GetRequiredService<ILogger<RecordMiddleware>>();
        ILogger<ErrorMiddleware> errors = services.GetRequiredService<ILogger<ErrorMiddleware>>();
        KeyRing keys = services.GetRequiredService<KeyRing>();
        DrainGate gate = services.GetRequiredService<DrainGate>();
        PageEndpoints page = services.GetRequiredService<PageEndpoints>();

        // The record outermost, as it tells the status; errors next, so that each of the others may throw one.
        application.Use(new RecordMiddleware(metrics, records, options.LogMessageText).InvokeAsync);
        application.Use(new ErrorMiddleware(errors).InvokeAsync);
        application.UseRouting();
        application.Use(new AccessMiddleware(keys, path => Probes.NeedsNoKey(path) || page.Has(path)).InvokeAsync);
        application.Use(new TenantMiddleware(options, metrics.Time).InvokeAsync);
        application.Use(new DrainMiddleware(gate).InvokeAsync);
        application.Use((context, next) => CheckLength(context, options.MaxBodyBytes, next));

        ServedModel served = services.GetRequiredService<ServedModel>();
        ProbeEndpoints.Map(
            application, served, gate, services.GetServices<IServerPart>(), services.GetRequiredService<MetricsPage>());
        services.GetRequiredService<AdapterEndpoints>().Map(application);
        services.GetRequiredService<EngineEndpoint>().Map(application);
        page.Map(application);
        OpenAIEndpoints.Map(application);
    }

    // Before a byte of it is read. Kestrel's own limit would reset the connection, and a client that still sends
    // would not read why; without it, it takes in what comes for a few seconds and drops it.
    private static Task CheckLength(HttpContext context, long limit, RequestDelegate next)
    {
        if (context.Request.ContentLength is not long length || length <= limit)
        {
            return next(context);
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } kestrel)
        {
            kestrel.MaxRequestBodySize = null;
        }

        throw ApiError.TooLarge(limit);
    }
}
