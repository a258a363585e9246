using ALoRA.Onnx.Server.Errors;
using ALoRA.Onnx.Server.Lifetime;
using ALoRA.Onnx.Server.Metrics;
using ALoRA.Onnx.Server.Models;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ALoRA.Onnx.Server.Operations;

/// <summary>Endpoints for whoever watches the server: is it alive, does it take requests, what is it, how does it do.</summary>
internal static class ProbeEndpoints
{
    public static void Map(
        IEndpointRouteBuilder routes, ServedModel served, DrainGate gate, IEnumerable<IServerPart> parts, MetricsPage metrics)
    {
        Add(routes, Probes.Health, context => WriteAsync(context, new StatusBody("ok")));
        Add(routes, Probes.Ready, context => WriteAsync(context, Ready(served, gate, parts)));
        Add(routes, Probes.Version, context => context.Response.WriteAsJsonAsync(
            new VersionBody(ProductVersion.Text), OperationsJson.Default.VersionBody, cancellationToken: context.RequestAborted));
        Add(routes, Probes.Metrics, context =>
        {
            context.Response.ContentType = PrometheusText.MediaType;
            return context.Response.WriteAsync(metrics.Write(), context.RequestAborted);
        });
    }

    private static StatusBody Ready(ServedModel served, DrainGate gate, IEnumerable<IServerPart> parts) =>
        gate.IsClosed ? throw ApiError.Unavailable("The server is stopping.", "draining")
        : served.Current is not OpenedModel opened ? throw ApiError.Unavailable("The model is not open.", "model_closed")
        : parts.Select(part => part.NotReady).FirstOrDefault(reason => reason is not null) is { } wait
            ? throw ApiError.Unavailable(wait, "not_ready")
        : parts.Select(part => part.Degraded).FirstOrDefault(reason => reason is not null) is { } reason
            ? new StatusBody("degraded", opened.Name, reason)
        : new StatusBody("ready", opened.Name);

    private static Task WriteAsync(HttpContext context, StatusBody body) =>
        context.Response.WriteAsJsonAsync(body, OperationsJson.Default.StatusBody, cancellationToken: context.RequestAborted);

    // HEAD as well: that is how some load balancers ask.
    private static void Add(IEndpointRouteBuilder routes, string path, RequestDelegate answer) =>
        routes.MapMethods(path, ["GET", "HEAD"], answer);
}
